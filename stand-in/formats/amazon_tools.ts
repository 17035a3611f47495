import type { CacheTtl } from "../answers/asked_part.ts";
import type { AskedTool, AskedTools, SystemPart } from "../answers/question.ts";
import { invalid } from "../wire/aws_error.ts";
import type { ToolConfig } from "./amazon_content.ts";

type Refuse = (message: string) => never;

interface Point {
  readonly cachePoint: { readonly ttl?: CacheTtl | undefined };
}

/** Reads the tools of Nova's body or of Converse, which spell them alike. */
export function readAmazonTools(
  config: ToolConfig | undefined,
  refuse: Refuse,
): AskedTools | null {
  if (config === undefined) return null;
  const entries = config.tools.map((entry): AskedTool | Point => {
    if ("cachePoint" in entry) return entry;
    if ("systemTool" in entry) {
      const { name } = entry.systemTool;
      return { name, inputSchema: { type: "object" }, strict: false, definition: entry };
    }
    const { name, inputSchema, strict = false } = entry.toolSpec;
    return { name, inputSchema: inputSchema.json, strict, definition: entry.toolSpec };
  });
  const { toolChoice: choice = { auto: {} } } = config;
  return {
    tools: marked<AskedTool>(entries, refuse),
    choice: "tool" in choice ? { name: choice.tool.name } : "any" in choice ? "any" : "auto",
    parallel: true,
  };
}

/** Reads the system prompt, of which guarded content is a part like any other. */
export function readSystem(
  entries: readonly ({ readonly text: string } | Point | { readonly guardContent: unknown })[],
  refuse: Refuse,
): SystemPart[] {
  return marked<SystemPart>(
    entries.map((entry, index) => {
      if ("guardContent" in entry) return { text: JSON.stringify(entry.guardContent) };
      if ("text" in entry && entry.text.trim() === "") {
        throw invalid(
          `The text field in the SystemContentBlock object at system.${index} is blank. Add text to the text field, and try again.`,
        );
      }
      return entry;
    }),
    refuse,
  );
}

/** Puts each cache point to the entry before it. */
function marked<T extends object>(entries: readonly (T | Point)[], refuse: Refuse): T[] {
  return entries.reduce<T[]>((before, entry) => {
    if (!("cachePoint" in entry)) return [...before, entry];
    const last = before.at(-1);
    if (last === undefined || "cache" in last) {
      return refuse("There is nothing available to cache.");
    }
    return [...before.slice(0, -1), { ...last, cache: entry.cachePoint.ttl ?? "5m" }];
  }, []);
}
