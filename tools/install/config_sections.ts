/** The sections of supabase/config.toml that the functions need, added to another project's. */
import { parse, type TomlTable } from "smol-toml";
import { isDeepStrictEqual } from "node:util";
import { ClientError } from "../../local/client/client_error.ts";

/** The section of one function, `[functions.<name>]`, with the comment above it. */
export interface Section {
  readonly name: string;
  readonly text: string;
}

/** A config.toml with the sections in it, and what was done to it. */
export interface MergedConfig {
  readonly text: string;
  readonly added: string[];
  readonly replaced: string[];
  /** Sections that differ, and were left as they are. */
  readonly left: string[];
}

/** The sections of the functions in the switchboard's own config.toml. */
export function readSections(config: string): Section[] {
  const lines = config.split("\n");
  return lines.flatMap((line, start) => {
    const name = /^\[functions\.([\w-]+)\]$/.exec(line)?.[1];
    if (name === undefined) return [];
    let first = start;
    while (lines[first - 1]?.startsWith("#")) first--;
    let end = start + 1;
    while (!/^\s*(\[|#|$)/.test(lines[end] ?? "")) end++;
    return [{ name, text: lines.slice(first, end).join("\n") }];
  });
}

/** The section of a function under another name. */
export function renameSection({ name, text }: Section, to: string): Section {
  return {
    name: to,
    text: text.replace(`[functions.${name}]`, `[functions.${to}]`)
      .replaceAll(`./functions/${name}/`, `./functions/${to}/`),
  };
}

/**
 * Adds sections at the end, and replaces those that still are as they were `installed`. Everything
 * else stays as it is, to the letter.
 *
 * @throws {ClientError} if the config cannot be read
 */
export function mergeSections(
  config: string,
  sections: readonly Section[],
  installed: Readonly<Record<string, string>>,
): MergedConfig {
  const endOfLine = config.includes("\r\n") ? "\r\n" : "\n";
  const toHost = (text: string) => text.replaceAll("\n", endOfLine);
  const before = functionsOf(config);
  const merged = {
    text: config,
    added: [] as string[],
    replaced: [] as string[],
    left: [] as string[],
  };
  for (const { name, text } of sections) {
    const wanted = functionsOf(text)[name];
    const former = toHost(installed[name] ?? "");
    if (before[name] === undefined) {
      const gap = merged.text === "" || merged.text.endsWith(endOfLine) ? "" : endOfLine;
      merged.text += gap + endOfLine + toHost(text) + endOfLine;
      merged.added.push(name);
    } else if (isDeepStrictEqual(before[name], wanted)) {
      continue;
    } else if (former !== "" && merged.text.split(former).length === 2) {
      merged.text = merged.text.replace(former, () => toHost(text));
      merged.replaced.push(name);
    } else {
      merged.left.push(name);
    }
  }
  requireOnlyOurs(config, merged);
  return merged;
}

/** Both texts say the same but for the sections that were written. */
function requireOnlyOurs(config: string, { text, added, replaced }: MergedConfig): void {
  const [before, after] = [config, text].map((toml) => {
    const table = parseConfig(toml);
    const functions = { ...functionsOf(toml) };
    for (const name of [...added, ...replaced]) delete functions[name];
    return { ...table, functions };
  });
  if (!isDeepStrictEqual(before, after)) {
    throw new ClientError("supabase/config.toml has a form to which no section can be added.");
  }
}

export function parseConfig(text: string): TomlTable {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [];
    throw new ClientError(`supabase/config.toml cannot be read: ${reason ?? error}`);
  }
}

function functionsOf(config: string): Readonly<Record<string, unknown>> {
  const { functions } = parseConfig(config);
  return typeof functions === "object" && functions !== null
    ? functions as Record<string, unknown>
    : {};
}
