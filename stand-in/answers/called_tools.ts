import type { ServedModel } from "../models/served_model.ts";
import type { AnswerBlock } from "./answer.ts";
import { jsonAt } from "./json_at.ts";
import { jsonForSchema } from "./json_for_schema.ts";
import { type AskedTool, messageText, type Question } from "./question.ts";
import { shortHash } from "./short_hash.ts";

type ToolUse = Extract<AnswerBlock, { type: "tool_use" }>;

/**
 * The tools that the answer calls: those that the last message orders, such as
 *
 *     Call the tool opening_hours with { "day": "Monday" }.
 *
 * as often as it says so, or the one that the choice forces. An order has effect only where a
 * result is not just being brought, and a tool whose name the model cannot call stays uncalled.
 */
export function calledTools(question: Question, model: ServedModel): ToolUse[] {
  const { tools } = question;
  if (tools === null || tools.choice === "none") return [];
  const { choice } = tools;
  const named = typeof choice === "object" ? choice.name : null;
  const allowed = tools.tools.filter(({ name }) => named === null || name === named)
    .filter(({ name }) => model.tools?.callsHyphens !== false || !name.includes("-"));
  const ordered = ordersOf(question).flatMap(({ name, input }) => {
    const tool = allowed.find((each) => plain(each.name) === plain(name));
    return tool === undefined ? [] : [{ tool, input }];
  });
  const [first] = allowed;
  const isForced = choice === "any" || named !== null;
  const calls = ordered.length > 0
    ? ordered
    : isForced && first !== undefined
    ? [{ tool: first, input: inputFor(first) }]
    : [];
  return (tools.parallel ? calls : calls.slice(0, 1)).map(({ tool, input }, index) => ({
    type: "tool_use",
    id: idOf(question, index, model),
    name: tool.name,
    input,
  }));
}

interface Order {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The calls that the last message asks for. */
function ordersOf({ messages }: Question): Order[] {
  const last = messages.at(-1);
  if (last?.role !== "user" || last.parts.some(({ type }) => type === "tool_result")) return [];
  const text = messageText(last);
  return [...text.matchAll(/\bCall the tool [`"“]?([\w./:-]*\w)[`"”]?(\s+with\s+(?=\{))?/g)].map(
    (match) => {
      const input = match[2] === undefined ? null : jsonAt(text, match.index + match[0].length);
      return { name: match[1] ?? "", input: input ?? {} };
    },
  );
}

/** A name as it is told apart from others, whatever the caller replaced in it. */
function plain(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]+/g, "_");
}

function inputFor({ inputSchema }: AskedTool): Readonly<Record<string, unknown>> {
  return jsonForSchema(inputSchema) as Readonly<Record<string, unknown>>;
}

/** Ids as the model makes them, which no other call of the conversation has. */
function idOf({ messages }: Question, index: number, model: ServedModel): string {
  const hash = shortHash(`${messages.length} ${index} ${messageText(messages.at(-1))}`);
  if (model.tools?.ids === "nine") return `${hash}${"abcdefghij"[index] ?? "k"}`;
  return `tooluse_${hash}${String(messages.length).padStart(4, "0")}${index}`;
}
