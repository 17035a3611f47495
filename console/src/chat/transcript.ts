/** How a conversation as it is shown grows; nothing here asks or draws. */
import type { ChatEventData } from "../../../supabase/functions/_shared/contract/chat_answer.ts";
import type { AnsweredContent } from "../../../supabase/functions/_shared/contract/content.ts";
import type { ApiError } from "../api/api_error.ts";
import type { ChatEvent } from "./chat_types.ts";
import { describeCut, describeIntervention, describeLeftOut } from "./describe_content.ts";
import type { Question } from "./question.ts";
import type { ShownTurn, Transcript } from "./shown_turn.ts";

/** A question is asked, or asked again. */
export function beginTurn(
  transcript: Transcript,
  requestId: string,
  asked: Question,
): Transcript {
  const turn: ShownTurn = {
    requestId,
    question: asked.text,
    attached: asked.attachments,
    results: asked.results,
    asked,
    thinking: null,
    answer: "",
    toolUses: [],
    state: "waiting",
    model: null,
    usage: null,
    registryVersion: null,
    made: null,
    responseTimeMs: null,
    error: null,
    notes: [],
  };
  const others = transcript.turns.filter((turn) => turn.requestId !== requestId);
  return { ...transcript, turns: [...others, turn] };
}

/** An event of the last turn's answer. */
export function applyEvent(transcript: Transcript, event: ChatEvent): Transcript {
  switch (event.type) {
    case "turn-start":
      return start(transcript, event.data);
    case "thinking":
      return think(transcript, event.data);
    case "text-delta":
      return endThinking(change(transcript, {
        answer: `${transcript.turns.at(-1)?.answer ?? ""}${event.data.text}`,
      }));
    case "tool-use": {
      const toolUses = transcript.turns.at(-1)?.toolUses ?? [];
      return endThinking(change(transcript, { toolUses: [...toolUses, event.data] }));
    }
    case "usage":
      return change(transcript, { usage: event.data });
    case "done":
      return finish(transcript, event.data);
    case "error": {
      const { code, message, hint = null, stored } = event.data;
      return change(endThinking(transcript), {
        state: stored.status === "partial" ? "partial" : "failed",
        error: { code, message, hint, retryAfterSeconds: null },
      });
    }
    default:
      return event satisfies never;
  }
}

/** The reader has stopped the answer. */
export function stopTurn(transcript: Transcript): Transcript {
  // Before the turn began, its existence is unknown.
  const begun = transcript.turns.at(-1)?.state !== "waiting";
  return change(endThinking(transcript), {
    state: "stopped",
    notes: [
      begun
        ? "You stopped this answer. What had come is stored."
        : "You stopped this before an answer began.",
    ],
  });
}

/** The request failed without an event that says so. */
export function failTurn(
  transcript: Transcript,
  { code, message, hint, retryAfterSeconds }: ApiError,
): Transcript {
  return change(endThinking(transcript), {
    state: "failed",
    error: { code, message, hint, retryAfterSeconds },
  });
}

function start(
  transcript: Transcript,
  { conversation_id: conversationId, model, registry_version }: ChatEventData<"turn-start">,
): Transcript {
  const changes = { state: "streaming", model, registryVersion: registry_version } as const;
  return { ...change(transcript, changes), conversationId };
}

/** Until the turn begins, thinking without words is the first of a call: of a repeated one, too. */
function think(
  transcript: Transcript,
  { model_id: modelId, text = "" }: ChatEventData<"thinking">,
): Transcript {
  const last = transcript.turns.at(-1);
  const isNewCall = last?.state === "waiting" && text === "";
  const former = last?.thinking?.modelId === modelId && !isNewCall ? last.thinking.text : "";
  return change(transcript, { thinking: { modelId, text: former + text, goesOn: true } });
}

function finish(
  transcript: Transcript,
  { message, model, usage, ...more }: ChatEventData<"done">,
): Transcript {
  const changed = change(endThinking(transcript), {
    state: message.status === "partial" ? "partial" : "complete",
    answer: message.content,
    ...toolUsesOf(message.blocks),
    model,
    usage,
    registryVersion: more.registry_version,
    made: more.provenance,
    responseTimeMs: more.response_time_ms,
    notes: [
      ...describeIntervention(message.stop_reason),
      ...describeCut(more.answer_tokens_left ?? null, message.stop_reason),
      ...describeLeftOut(more.history?.blocks_left_out ?? {}),
      ...(more.registry === "stale" ? ["The registry could not be refreshed."] : []),
      ...(more.persisted === false ? ["The answer is not stored yet."] : []),
    ],
  });
  return { ...changed, conversationId: more.conversation_id };
}

/** The calls of an answer's blocks; nothing where it has none, so that those that came stay. */
function toolUsesOf(blocks: AnsweredContent | undefined): Pick<ShownTurn, "toolUses"> | null {
  const toolUses = (blocks ?? []).filter((block) => block.type === "tool_use");
  return toolUses.length === 0 ? null : { toolUses };
}

function endThinking(transcript: Transcript): Transcript {
  const thinking = transcript.turns.at(-1)?.thinking;
  return thinking?.goesOn
    ? change(transcript, { thinking: { ...thinking, goesOn: false } })
    : transcript;
}

function change(
  transcript: Transcript,
  changes: Partial<ShownTurn>,
): Transcript {
  const last = transcript.turns.at(-1);
  if (last === undefined) return transcript;
  return {
    ...transcript,
    turns: [...transcript.turns.slice(0, -1), { ...last, ...changes }],
  };
}
