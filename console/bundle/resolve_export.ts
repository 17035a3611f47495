/** The field `exports` of a package.json, as far as the console's packages use it. */
export type Exports = string | null | { readonly [key: string]: Exports };

/** The conditions that a bundle for browsers meets; a package's own order decides. */
const conditions = new Set([
  "browser",
  "import",
  "module",
  "production",
  "default",
]);

/**
 * The file that a package exports under a path.
 *
 * @param path `.` or `./…`
 * @throws {Error} if the package does not export it
 * @see https://nodejs.org/api/packages.html#conditional-exports
 */
export function resolveExport(exports: Exports, path: string): string {
  const entries = isConditional(exports) ? { ".": exports } : exports as Record<string, Exports>;
  const target = firstTarget(entries[path] ?? null);
  if (target !== undefined) return target;
  throw new Error(`The package does not export ${path} to browsers.`);
}

function isConditional(exports: Exports): boolean {
  return typeof exports !== "object" || exports === null ||
    Object.keys(exports).every((key) => !key.startsWith("."));
}

function firstTarget(exports: Exports): string | undefined {
  if (typeof exports === "string") return exports;
  if (exports === null) return undefined;
  for (const [condition, inner] of Object.entries(exports)) {
    if (!conditions.has(condition)) continue;
    const target = firstTarget(inner);
    if (target !== undefined) return target;
  }
  return undefined;
}
