import type { Message } from "../core/content.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import { hashText } from "./hash_text.ts";

/** Characters of a tool's name, see `capabilities.tools.names`. */
export type NameRule = NonNullable<Capabilities["tools"]>["names"];

/** Names of tools, both ways. */
export interface ToolNames {
  /** By the caller's. */
  readonly models: ReadonlyMap<string, string>;
  /** By the model's. */
  readonly callers: ReadonlyMap<string, string>;
}

const longest = 64;
const unsafe: Readonly<Record<NameRule, RegExp>> = {
  hyphen: /[^a-zA-Z0-9_-]/g,
  underscore: /[^a-zA-Z0-9_]/g,
};

/**
 * Names that the model accepts, distinct, for the tools that are sent and for those that the
 * history called. A name that fits stays as it is, unless a sent tool has come to the same.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
 */
export function nameTools(
  sent: readonly string[],
  history: readonly Message[],
  rule: NameRule,
): ToolNames {
  const called = history.flatMap(({ blocks }) =>
    blocks.flatMap((block) => block.type === "tool-use" ? [block.name] : [])
  );
  const models = new Map<string, string>();
  const callers = new Map<string, string>();
  const give = (name: string, safe: string) => {
    models.set(name, safe);
    callers.set(safe, name);
  };
  const isSafe = (name: string) => name === safeName(name, rule);
  // Those that fit come first, so that no other tool is given their names.
  for (const name of sent) if (isSafe(name)) give(name, name);
  for (const name of [...sent, ...called]) {
    if (!models.has(name)) give(name, freeName(name, rule, callers));
  }
  return { models, callers };
}

/** A history with the model's names of tools. */
export function renameTools(messages: readonly Message[], names: ToolNames): readonly Message[] {
  return messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) =>
      block.type === "tool-use"
        ? { ...block, name: names.models.get(block.name) ?? block.name }
        : block
    ),
  }));
}

/** The name with other characters replaced; still recognisable to the model, not always distinct. */
export function safeName(name: string, rule: NameRule): string {
  return name.replace(unsafe[rule], "_").slice(0, longest) || "tool";
}

function freeName(name: string, rule: NameRule, taken: ReadonlyMap<string, string>): string {
  const safe = safeName(name, rule);
  let free = safe;
  for (let nth = 0; taken.has(free); nth += 1) {
    const suffix = `_${hashText(`${nth} ${name}`).toString(36)}`;
    free = safe.slice(0, longest - suffix.length) + suffix;
  }
  return free;
}
