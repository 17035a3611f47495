import { z } from "zod";
import type { AskedTools } from "../answers/question.ts";
import { invalid } from "../wire/aws_error.ts";
import { cache_control } from "./claude_content.ts";

/** Definitions of tools; their further members are checked one by one, to be named as Claude does. */
export const claudeTools = z.array(z.looseObject({
  name: z.string(),
  type: z.string().optional(),
  input_schema: z.unknown().optional(),
  cache_control,
}));

export const claudeToolChoice = z.strictObject({
  type: z.enum(["auto", "any", "tool", "none"]),
  name: z.string().optional(),
  disable_parallel_tool_use: z.boolean().optional(),
});

/** Members of a custom tool, and the beta that some of them need. */
const members: Readonly<Record<string, string | null>> = {
  name: null,
  type: null,
  description: null,
  input_schema: null,
  cache_control: null,
  strict: null,
  defer_loading: "tool-search-tool-2025-10-19",
  input_examples: "tool-examples-2025-10-29",
};

/** Reads Claude's tools and the choice among them. */
export function readClaudeTools(
  tools: z.infer<typeof claudeTools> | undefined,
  choice: z.infer<typeof claudeToolChoice> | undefined,
  betas: readonly string[],
): AskedTools | null {
  if (tools === undefined || tools.length === 0) {
    if (choice === undefined || choice.type === "none") return null;
    // The words of this one are not known.
    throw invalid("tool_choice may only be specified while providing tools.");
  }
  tools.forEach((tool, index) => checkMembers(tool, index, betas));
  return {
    tools: tools.map(({ cache_control: cache, ...definition }) => ({
      name: definition.name,
      inputSchema: definition.input_schema,
      strict: definition["strict"] === true,
      definition,
      ...cache && { cache: cache.ttl ?? "5m" },
    })),
    choice: choice?.type === "tool" ? { name: choice.name ?? "" } : choice?.type ?? "auto",
    parallel: choice?.disable_parallel_tool_use !== true,
  };
}

function checkMembers(
  tool: Readonly<Record<string, unknown>>,
  index: number,
  betas: readonly string[],
): void {
  const at = `tools.${index}.custom`;
  if (tool["type"] !== undefined && tool["type"] !== "custom") {
    // Claude's own tools need a beta each; the stand-in has none of them.
    throw invalid(`tools.${index}: Input tag '${tool["type"]}' found using 'type' does not match`);
  }
  for (const key of Object.keys(tool)) {
    const beta = members[key];
    const isTaken = key in members && (beta === null || beta === undefined || betas.includes(beta));
    if (!isTaken) throw invalid(`${at}.${key}: Extra inputs are not permitted`);
  }
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(tool["name"]))) {
    throw invalid(`${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
  }
}
