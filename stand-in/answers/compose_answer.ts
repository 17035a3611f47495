import type { ServedModel } from "../models/served_model.ts";
import { type Answer, type AnswerBlock, blockText } from "./answer.ts";
import type { AskedSettings, Question } from "./question.ts";
import { shortHash } from "./short_hash.ts";
import { characters, inputTokens, textTokens, truncate } from "./tokens.ts";

/** Endings outside ASCII, of two, three and four bytes, so that splitting bytes is noticed. */
const endings = [
  "Grüße.",
  "Voilà, c’est tout.",
  "以上です。",
  "𝛀 — the end.",
  "Done ✓",
  "Hotovo, čau.",
];

/**
 * The answer to a question: a pure function of the model and the question. It says which model
 * answers, and changes with the system prompt, with every message and with the settings.
 */
export function composeAnswer(question: Question, model: ServedModel): Answer {
  const historyHash = shortHash(
    JSON.stringify(
      question.messages.map(({ role, parts }) => [role, parts.map((part) => part.content)]),
    ),
  );
  const blocks: AnswerBlock[] = [];
  if (question.thinks) {
    const text = "Here a model would think. The stand-in only fills the block.";
    const signature = btoa(`stand-in ${model.id} ${historyHash}`);
    blocks.push({ type: "thinking", text, signature });
  }
  const whole = answerText(question, model, historyHash);
  const stopped = cutAtStopSequence(whole, question.settings.stopSequences);
  blocks.push({ type: "text", text: stopped.text });

  const most = question.settings.maxTokens ?? model.maxOutput;
  const kept = keepTokens(blocks, most, model);
  return {
    blocks: kept.blocks,
    stopReason: kept.truncated
      ? "max_tokens"
      : stopped.sequence !== null
      ? "stop_sequence"
      : "end_turn",
    stopSequence: kept.truncated ? null : stopped.sequence,
    usage: {
      inputTokens: inputTokens(question, model),
      outputTokens: outputTokens(kept.blocks, model),
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
    },
  };
}

/** Tokens of an answer's blocks. */
export function outputTokens(blocks: readonly AnswerBlock[], model: ServedModel): number {
  return blocks.reduce((sum, block) => sum + textTokens(blockText(block), model), 0);
}

function answerText(question: Question, model: ServedModel, historyHash: string): string {
  const last = question.messages.findLast((message) => message.role === "user");
  const system = question.system === ""
    ? "none"
    : `“${shorten(question.system, 48)}” (${shortHash(question.system)})`;
  const settings = settingsText(question.settings);
  const sentences = [
    `[stand-in: ${model.name}]`,
    `You wrote: “${shorten(last?.text ?? "", 80)}”.`,
    `Messages seen: ${question.messages.length} (${historyHash}).`,
    `System prompt: ${system}.`,
    `Settings: ${settings}.`,
  ];
  const soFar = sentences.join(" ");
  const ending = endings[Number.parseInt(shortHash(soFar), 16) % endings.length];
  return `${soFar} ${ending}`;
}

function settingsText(settings: AskedSettings): string {
  const named = [
    ["max tokens", settings.maxTokens],
    ["temperature", settings.temperature],
    ["top_p", settings.topP],
    ["top_k", settings.topK],
  ] as const;
  const given = named.filter(([, value]) => value !== null);
  return given.length === 0
    ? "the model's own"
    : given.map(([name, value]) => `${name} ${value}`).join(", ");
}

/** One line of at most `most` characters. */
function shorten(text: string, most: number): string {
  const line = characters(text.replace(/\s+/g, " ").trim());
  return line.length <= most ? line.join("") : `${line.slice(0, most).join("").trimEnd()}…`;
}

function cutAtStopSequence(text: string, sequences: readonly string[]) {
  const found = sequences
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at)[0];
  return found === undefined
    ? { text, sequence: null }
    : { text: text.slice(0, found.at), sequence: found.sequence };
}

/** Keeps as many tokens as allowed, from the first block on; later blocks may vanish. */
function keepTokens(blocks: readonly AnswerBlock[], most: number, model: ServedModel) {
  let left = most;
  let truncated = false;
  const kept: AnswerBlock[] = [];
  for (const block of blocks) {
    if (block.type !== "text" && block.type !== "thinking") continue;
    const text = truncate(block.text, left, model);
    truncated ||= text.length < block.text.length;
    left -= textTokens(text, model);
    if (text !== "") kept.push({ ...block, text });
  }
  return { blocks: kept, truncated };
}
