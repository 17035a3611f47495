import type { AnsweredContent } from "../../supabase/functions/_shared/contract/content.ts";
import type { ChatAnswer } from "./ask_chat.ts";

/** Three digits tell small costs apart that a fixed number of decimals would round to nothing. */
const usd = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumSignificantDigits: 3,
});

/** Which model answered, why, and at what price, in one line. */
export function describeAnswer(answer: ChatAnswer): string {
  const { model, usage } = answer;
  return [
    `${model.model_name ?? "unknown model"} (${model.model_id})`,
    `reason: ${model.reason}`,
    describeTokens(usage),
    usage.cost_usd === null ? "cost unknown" : usd.format(usage.cost_usd),
    `${answer.response_time_ms} ms`,
    `registry version ${answer.registry_version}${answer.registry === "stale" ? " (stale)" : ""}`,
  ].map(printable).join(", ");
}

/** The answer's blocks in their order; and what the model was not sent, or a guardrail did. */
export function describeContent({ message, history }: ChatAnswer): string {
  const blocks = message.blocks ?? [{ type: "text" as const, text: message.content }];
  const leftOut = Object.entries(history?.blocks_left_out ?? {})
    .map(([kind, count]) => `${kind} ×${count}`);
  return [
    ...blocks.map(describeBlock),
    ...(message.stop_reason === "guardrail_intervened" ? ["(The guardrail intervened.)"] : []),
    ...(leftOut.length > 0 ? [`(Not sent to the model: ${leftOut.join(", ")}.)`] : []),
  ].join("\n\n");
}

function describeBlock(block: AnsweredContent[number]): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "thinking":
      return `(Thinking: ${block.text})`;
    case "tool_use":
      return `(Calls the tool ${block.name} with ${JSON.stringify(block.input)})`;
    default:
      return block satisfies never;
  }
}

/** Text without what a terminal would take for commands; line breaks and tabs stay. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

function describeTokens(usage: ChatAnswer["usage"]): string {
  const cached = (usage.cache_read_tokens ?? 0) + (usage.cache_write_tokens ?? 0);
  return `${usage.input_tokens ?? "unknown"} tokens in${
    cached === 0 ? "" : ` (and ${cached} cached)`
  }` +
    ` and ${usage.output_tokens ?? "unknown"} out`;
}
