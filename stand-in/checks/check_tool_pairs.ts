import type { AskedPart, PartOf } from "../answers/asked_part.ts";
import type { AskedMessage } from "../answers/question.ts";
import { invalid } from "../wire/aws_error.ts";
import type { Dialect } from "./dialect.ts";

/**
 * Refuses calls of tools and results that do not belong together: each call of an assistant's
 * message has its one result at the beginning of the next message, and each result its call.
 *
 * @throws {AwsError} in Claude's words, or in Converse's, which stand in for Nova's unknown ones.
 */
export function checkToolPairs(
  messages: readonly AskedMessage[],
  hasTools: boolean,
  dialect: Dialect,
): void {
  const words = dialect === "claude" ? claudeWords : amazonWords;
  const all = messages.flatMap(({ parts }) => parts);
  const usesTools = all.some(({ type }) => type === "tool_use" || type === "tool_result");
  if (usesTools && !hasTools) throw invalid(words.noTools);
  checkRoles(messages);
  const ids = all.flatMap((part) => part.type === "tool_use" ? [part.id] : []);
  if (new Set(ids).size < ids.length) throw invalid("messages: `tool_use` ids must be unique");
  messages.forEach(({ parts }, index) => {
    const called = idsOf(messages[index - 1]?.parts ?? []);
    const results = parts.filter((part) => part.type === "tool_result");
    checkResults(results, called, index, words);
    const uses = idsOf(parts);
    const given = leadingResults(messages[index + 1]?.parts ?? []);
    const missing = uses.filter((id) => !given.includes(id));
    if (missing.length > 0) throw invalid(words.missing(index, missing.join(", ")));
  });
}

function checkResults(
  results: readonly PartOf<"tool_result">[],
  called: readonly string[],
  index: number,
  words: Words,
): void {
  const orphan = results.find(({ toolUseId }) => !called.includes(toolUseId));
  if (orphan !== undefined) throw invalid(words.orphan(index, orphan));
  const repeated = results.find(({ toolUseId }, at) =>
    results.findIndex((other) => other.toolUseId === toolUseId) < at
  );
  if (repeated !== undefined) throw invalid(words.repeated(index, repeated));
}

/** The words of this are not known. */
function checkRoles(messages: readonly AskedMessage[]): void {
  for (const { role, parts } of messages) {
    const wrong = parts.find(({ type }) => type === (role === "user" ? "tool_use" : "tool_result"));
    if (wrong === undefined) continue;
    const owner = role === "user" ? "assistant" : "user";
    throw invalid(`${wrong.at}: \`${wrong.type}\` blocks can only be in \`${owner}\` messages`);
  }
}

function idsOf(parts: readonly AskedPart[]): string[] {
  return parts.flatMap((part) => part.type === "tool_use" ? [part.id] : []);
}

/** The results before any other block. */
function leadingResults(parts: readonly AskedPart[]): string[] {
  const end = parts.findIndex(({ type }) => type !== "tool_result");
  return parts.slice(0, end < 0 ? parts.length : end)
    .flatMap((part) => part.type === "tool_result" ? [part.toolUseId] : []);
}

interface Words {
  readonly noTools: string;
  missing(index: number, ids: string): string;
  orphan(index: number, result: PartOf<"tool_result">): string;
  repeated(index: number, result: PartOf<"tool_result">): string;
}

const claudeWords: Words = {
  // The words of this one are not known.
  noTools: "Requests which include `tool_use` or `tool_result` blocks must define tools",
  missing: (index, ids) =>
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  orphan: (_index, { at, toolUseId }) =>
    `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${toolUseId}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
  repeated: (_index, { at, toolUseId }) =>
    `${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${toolUseId}`,
};

const exceeds = (index: number) =>
  `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`;

const amazonWords: Words = {
  noTools: "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
  missing: (index, ids) =>
    `Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${ids}`,
  orphan: exceeds,
  repeated: exceeds,
};
