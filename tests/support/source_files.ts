/** Reading the project's own sources, for the tests that hold the whole of them to a rule. */

/** The root of the project, with a slash at its end. */
export const projectRoot: URL = new URL("../../", import.meta.url);

/** Folders that git ignores, or that are git's. */
const skipped = new Set([".git", "node_modules", "coverage", ".state", ".temp", ".branches"]);

/** Every file below a folder of the project, as paths from its root, sorted. */
export function filesBelow(folder = ""): string[] {
  return walk(folder === "" ? "" : `${folder}/`).sort();
}

function walk(prefix: string): string[] {
  return [...Deno.readDirSync(new URL(`./${prefix}`, projectRoot))].flatMap((entry) => {
    // Examples of pages, while a test runs them.
    if (skipped.has(entry.name) || entry.name.startsWith(".example-")) return [];
    if (entry.isDirectory) return walk(`${prefix}${entry.name}/`);
    return entry.isFile ? [`${prefix}${entry.name}`] : [];
  });
}

export function readSource(path: string): string {
  return Deno.readTextFileSync(new URL(path, projectRoot));
}

/** Source text without its comments, so that prose about a thing does not count as its use. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/(^|[\s;,{}()])\/\/.*$/gm, "$1");
}

/** What a module imports or re-exports, types too, statically or by `import()`. */
export function importsOf(source: string): string[] {
  const text = withoutComments(source);
  const patterns = [
    /\b(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']/g,
    /\bimport\s*["']([^"']+)["']/g,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
}
