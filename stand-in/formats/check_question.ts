import { promptParts, tokensOf } from "../answers/prompt_parts.ts";
import type { Question } from "../answers/question.ts";
import { checkCaching } from "../checks/check_caching.ts";
import { checkMedia } from "../checks/check_media.ts";
import { checkOutputSchema } from "../checks/check_output_schema.ts";
import { checkThinkingBlocks, type WroteIt } from "../checks/check_thinking_blocks.ts";
import { checkToolPairs } from "../checks/check_tool_pairs.ts";
import { checkTools } from "../checks/check_tools.ts";
import type { Dialect } from "../checks/dialect.ts";
import type { ServedModel } from "../models/served_model.ts";
import { invalid } from "../wire/aws_error.ts";
import { checkInputLength } from "./limits.ts";

/** What a question does not say. */
export interface Asking {
  readonly dialect: Dialect;
  /** Whether the request itself asks to think. */
  readonly asksToThink: boolean;
  /** Whether it gives thinking a budget. */
  readonly budget: boolean;
  readonly wroteIt: WroteIt;
}

/** The rules that hold across blocks, in every format. */
export function checkQuestion(question: Question, asking: Asking, model: ServedModel): void {
  const { messages, tools, outputSchema } = question;
  const { dialect } = asking;
  checkMedia(messages, model, dialect);
  checkTools(tools, asking.asksToThink, model, dialect);
  checkToolPairs(messages, tools !== null, dialect);
  checkThinkingBlocks(messages, asking, model, dialect);
  const parts = promptParts(question, model);
  checkCaching(parts, model, dialect);
  if (outputSchema !== null) checkOutputSchema(outputSchema, dialect);
  checkIds(question, model);
  checkInputLength(tokensOf(parts), model, dialect === "converse");
}

/** Mistral's ids of calls have exactly nine letters and digits. */
function checkIds({ messages }: Question, model: ServedModel): void {
  if (model.tools?.ids !== "nine") return;
  for (const part of messages.flatMap(({ parts }) => parts)) {
    const id = part.type === "tool_use"
      ? part.id
      : part.type === "tool_result"
      ? part.toolUseId
      : null;
    if (id !== null && !/^[a-zA-Z0-9]{9}$/.test(id)) {
      throw invalid(
        `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`,
      );
    }
  }
}
