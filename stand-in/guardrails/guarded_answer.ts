import type { Answer, AnswerUsage, Guarded } from "../answers/answer.ts";
import type { AskedGuardrail, AskedMessage, Question } from "../answers/question.ts";
import { assess, type Finding, masked } from "./assess.ts";
import type { Guardrail } from "./guardrail.ts";

/** What a guarded call needs from the model behind it. */
export interface Behind {
  answer(question: Question): Answer;
  /** What the model counts for a question that it does not answer. */
  usage(question: Question, text: string): AnswerUsage;
}

/**
 * Answers a question behind a guardrail: it looks at the words that are marked for it, or at all
 * text where none is, never at the system prompt, at tools, or at their calls and results; then at
 * the text of the answer.
 *
 * @param intervened The stop reason of an intervention; null: that of the model.
 */
export function guardedAnswer(
  question: Question,
  asked: AskedGuardrail,
  guardrail: Guardrail,
  behind: Behind,
  intervened: string | null,
): Answer {
  const input = assess(guardrail, wordsOf(question), "input");
  const guarded = (output: Finding | null): Guarded => ({
    id: asked.id,
    intervened: input !== null || output !== null,
    blocked: input?.blocked === true || output?.blocked === true,
    trace: asked.trace
      ? { input: input?.assessment ?? null, output: output?.assessment ?? null }
      : null,
  });
  const replaced = (text: string, usage: AnswerUsage | null, output: Finding | null): Answer => ({
    blocks: [{ type: "text", text }],
    stopReason: intervened ?? "end_turn",
    stopSequence: null,
    usage,
    guarded: guarded(output),
  });
  if (input?.blocked) {
    const text = guardrail.blockedInput;
    return replaced(text, behind.usage(question, text), null);
  }
  const answer = behind.answer(input?.masked ? withoutMasked(question, guardrail) : question);
  const texts = answer.blocks.flatMap((block) => block.type === "text" ? [block.text] : []);
  const output = assess(guardrail, texts, "output");
  if (output?.blocked) return replaced(guardrail.blockedOutput, answer.usage, output);
  return {
    ...answer,
    blocks: answer.blocks.map((block) =>
      block.type === "text" ? { ...block, text: masked(guardrail, block.text, "output") } : block
    ),
    stopReason: input === null && output === null
      ? answer.stopReason
      : intervened ?? answer.stopReason,
    guarded: guarded(output),
  };
}

/** What the guardrail looks at. */
function wordsOf({ messages }: Question): string[] {
  const texts = messages.flatMap(({ parts }) => parts).filter((part) => part.type === "text");
  const marked = texts.flatMap(({ guarded }) => guarded === null ? [] : [guarded]);
  return marksAny(messages) ? marked : texts.map(({ text }) => text);
}

function marksAny(messages: readonly AskedMessage[]): boolean {
  return messages.some(({ parts }) =>
    parts.some((part) =>
      part.type === "text" ? part.guarded !== null : part.type === "image" && part.guarded
    )
  );
}

function withoutMasked(question: Question, guardrail: Guardrail): Question {
  const marks = marksAny(question.messages);
  return {
    ...question,
    messages: question.messages.map(({ role, parts }) => ({
      role,
      parts: parts.map((part) =>
        part.type === "text" && (!marks || part.guarded !== null)
          ? { ...part, text: masked(guardrail, part.text, "input") }
          : part
      ),
    })),
  };
}
