import { isTextType } from "../core/content.ts";
import { describeCapabilities, describeLimits, describeSource } from "./describe_capabilities.ts";
import type { Model } from "./model.ts";

/** What a row says that the model accepts, and whether that can be sent. */
export function checkCapabilities(model: Model) {
  const { capabilities } = model;
  const problems = problemsOf(model);
  const accepted = [
    `It accepts ${describeCapabilities(capabilities)}.`,
    ...describeLimits(capabilities),
    describeSource(capabilities),
  ];
  return {
    name: "capabilities" as const,
    ok: problems.length === 0,
    message: (problems.length === 0 ? accepted : problems).join(" "),
  };
}

function problemsOf({ format, context_window, capabilities }: Model): string[] {
  const { thinking, documents, caching, output_schema } = capabilities;
  const problems: string[] = [];
  const wrongMode = format === "claude" &&
    (thinking?.mode === "levels" || thinking?.mode === "field");
  if (wrongMode) {
    problems.push(
      `Its row has the thinking mode ${thinking.mode}, which the format claude cannot ask for; ` +
        "it takes budget and adaptive.",
    );
  }
  const unread = format === "claude"
    ? documents?.types.find((type) => type !== "application/pdf" && !isTextType(type))
    : undefined;
  if (unread !== undefined) {
    problems.push(
      `Its row takes documents of the type ${unread}, which the format claude cannot send; ` +
        "it takes PDF and text.",
    );
  }
  if (format === "nova" && output_schema) {
    problems.push(
      "Its row has output_schema, which the format nova cannot ask for; it holds an answer to a " +
        "schema by a tool.",
    );
  }
  if (caching !== undefined && caching.min_tokens >= context_window) {
    problems.push(
      `Its row caches from ${caching.min_tokens} tokens, and its context_window is ` +
        `${context_window}.`,
    );
  }
  return problems;
}
