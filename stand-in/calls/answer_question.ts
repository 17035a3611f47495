import type { Answer } from "../answers/answer.ts";
import { composeAnswer, usageOf } from "../answers/compose_answer.ts";
import type { PromptCache } from "../answers/prompt_cache.ts";
import { promptParts } from "../answers/prompt_parts.ts";
import type { Question } from "../answers/question.ts";
import { answerFromScript } from "../answers/scripted_answer.ts";
import type { ScriptedThinking } from "../answers/thinking_signature.ts";
import { withBrokenJson } from "../faults/broken_json.ts";
import type { CallFaults } from "../faults/call_faults.ts";
import { guardedAnswer } from "../guardrails/guarded_answer.ts";
import type { Guardrails } from "../guardrails/guardrails.ts";
import type { ServedModel } from "../models/served_model.ts";
import { isConverse, type RuntimeOperation } from "../operations.ts";

/** What an answer depends on besides its question. */
export interface AnswerDependencies {
  readonly promptCache: PromptCache;
  readonly guardrails: Guardrails;
  readonly scriptedThinking: ScriptedThinking;
}

/**
 * Answers a question: composed or by a script, behind its guardrail, and counted with what the
 * model has cached.
 *
 * @throws {AwsError} when the guardrail cannot be applied.
 */
export function answerQuestion(
  question: Question,
  model: ServedModel,
  operation: RuntimeOperation,
  faults: CallFaults,
  { promptCache, guardrails, scriptedThinking }: AnswerDependencies,
): Answer {
  const asked = question.guardrail;
  const guardrail = asked === null ? null : guardrails.resolve(asked);
  const counted = promptCache.count(promptParts(question, model), model);
  const script = faults.get("answer");
  const answer = (given: Question): Answer => {
    const composed = script === undefined
      ? composeAnswer(given, model, counted)
      : answerFromScript(script, counted, model);
    remember(composed, model, scriptedThinking);
    return withBrokenJson(composed, faults);
  };
  if (asked === null || guardrail === null) return answer(question);
  return guardedAnswer(question, asked, guardrail, {
    answer,
    usage: (_, text) => usageOf([{ type: "text", text }], counted, model),
  }, interventionOf(operation, model));
}

/** On InvokeModel Claude stops as ever; there the action's key tells of the intervention. */
function interventionOf(operation: RuntimeOperation, model: ServedModel): string | null {
  return isConverse(operation) || model.family === "nova" ? "guardrail_intervened" : null;
}

/** What a script let the model think comes back with the script's signature. */
function remember({ blocks }: Answer, model: ServedModel, known: ScriptedThinking): void {
  for (const block of blocks) {
    if (block.type === "thinking" && block.signature !== null) {
      known.add(model.id, { text: block.text, signature: block.signature });
    }
    if (block.type === "redacted_thinking") {
      known.add(model.id, { text: "", signature: block.data });
    }
  }
}
