import type { ServedModel } from "../models/served_model.ts";
import { type Answer, type AnswerBlock, type AnswerUsage, blockText } from "./answer.ts";
import { calledTools } from "./called_tools.ts";
import { describeContent } from "./describe_content.ts";
import { orderedJson } from "./ordered_json.ts";
import { type CountedInput, countUncached } from "./prompt_cache.ts";
import { partKey, promptParts } from "./prompt_parts.ts";
import { type AskedSettings, messageText, type Question, systemText } from "./question.ts";
import { shortHash } from "./short_hash.ts";
import { signThinking } from "./thinking_signature.ts";
import { characters, textTokens, truncate } from "./tokens.ts";

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
 *
 * @param counted The tokens of the prompt; by default nothing is cached.
 */
export function composeAnswer(
  question: Question,
  model: ServedModel,
  counted: CountedInput = countUncached(promptParts(question, model)),
): Answer {
  const calls = calledTools(question, model);
  const whole = calls.length > 0
    ? callingText(question, calls.map(({ name }) => name), model)
    : orderedJson(question) ?? answerText(question, model);
  const stopped = cutAtStopSequence(whole, question.settings.stopSequences);
  const blocks: AnswerBlock[] = [
    ...question.thinks ? [thinkingBlock(question, model)] : [],
    ...calls.length === 0 || stopped.text !== ""
      ? [{ type: "text" as const, text: stopped.text }]
      : [],
    ...stopped.sequence === null ? calls : [],
  ];
  const kept = keepTokens(blocks, question.settings.maxTokens ?? model.maxOutput, model);
  return {
    blocks: kept.blocks,
    stopReason: kept.truncated
      ? "max_tokens"
      : stopped.sequence !== null
      ? "stop_sequence"
      : calls.length > 0
      ? "tool_use"
      : "end_turn",
    stopSequence: kept.truncated ? null : stopped.sequence,
    usage: usageOf(kept.blocks, counted, model),
  };
}

/** The tokens of a prompt and of an answer's blocks. */
export function usageOf(
  blocks: readonly AnswerBlock[],
  counted: CountedInput,
  model: ServedModel,
): AnswerUsage {
  return {
    inputTokens: counted.input,
    outputTokens: outputTokens(blocks, model),
    cacheReadTokens: counted.read,
    cacheWriteTokens: counted.write,
    cacheWrite1hTokens: counted.writeForAnHour,
    thinkingTokens: outputTokens(
      blocks.filter(({ type }) => type === "thinking" || type === "redacted_thinking"),
      model,
    ),
  };
}

/** Tokens of an answer's blocks. */
export function outputTokens(blocks: readonly AnswerBlock[], model: ServedModel): number {
  return blocks.reduce((sum, block) => sum + textTokens(blockText(block), model), 0);
}

function thinkingBlock(question: Question, model: ServedModel): AnswerBlock {
  const text = question.hidesThinking
    ? ""
    : "Here a model would think. The stand-in only fills the block.";
  // Of the families here, only Claude signs.
  const signature = model.family === "claude" ? signThinking(model.id, text) : null;
  return { type: "thinking", text, signature };
}

/** What is said before calls that are not forced. */
function callingText(question: Question, names: readonly string[], model: ServedModel): string {
  if (question.tools?.choice !== "auto") return "";
  return `[stand-in: ${model.name}] Calling ${names.join(" and ")}.`;
}

function answerText(question: Question, model: ServedModel): string {
  const last = question.messages.findLast((message) => message.role === "user");
  const prompt = systemText(question);
  const system = prompt === "" ? "none" : `“${shorten(prompt, 48)}” (${shortHash(prompt)})`;
  const historyHash = shortHash(
    JSON.stringify(question.messages.map(({ role, parts }) => [role, parts.map(partKey)])),
  );
  const sentences = [
    `[stand-in: ${model.name}]`,
    `You wrote: “${shorten(messageText(last), 80)}”.`,
    `Messages seen: ${question.messages.length} (${historyHash}).`,
    ...describeContent(question),
    `System prompt: ${system}.`,
    `Settings: ${settingsText(question.settings)}.`,
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
    const tokens = textTokens(blockText(block), model);
    if (block.type !== "text" && block.type !== "thinking") {
      // A call that is cut off is no call.
      if (truncated || tokens > left) truncated = true;
      else kept.push(block);
      left -= tokens;
      continue;
    }
    const text = truncate(block.text, Math.max(0, left), model);
    const isCut = text.length < block.text.length;
    truncated ||= isCut;
    left -= textTokens(text, model);
    // A hidden thought has no text, but is there.
    if (text !== "" || block.text === "" && block.type === "thinking") {
      kept.push({ ...block, text });
    }
  }
  return { blocks: kept, truncated };
}
