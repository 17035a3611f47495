/** A conversation as it is shown, and how it grows; nothing here asks or draws. */
import type { ApiError } from "../api/api_error.ts";
import type { AnsweringModel, ChatEvent, TurnUsage } from "./chat_types.ts";

export type TurnState =
  | "waiting"
  | "streaming"
  | "complete"
  | "partial"
  | "failed"
  | "stopped";

export interface ShownTurn {
  readonly requestId: string;
  readonly question: string;
  /** The model that was asked for; null where it was left to the rules. */
  readonly askedModelId: string | null;
  readonly answer: string;
  readonly state: TurnState;
  readonly model: AnsweringModel | null;
  readonly usage: TurnUsage | null;
  readonly registryVersion: number | null;
  readonly responseTimeMs: number | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  } | null;
  /** Remarks about how it was answered or stored. */
  readonly notes: readonly string[];
}

export interface Transcript {
  /** Null: the next question begins a conversation. */
  readonly conversationId: string | null;
  readonly turns: readonly ShownTurn[];
}

export const emptyTranscript: Transcript = { conversationId: null, turns: [] };

/** A question is asked, or asked again. */
export function beginTurn(
  transcript: Transcript,
  requestId: string,
  question: string,
  askedModelId: string | null,
): Transcript {
  const turn: ShownTurn = {
    requestId,
    question,
    askedModelId,
    answer: "",
    state: "waiting",
    model: null,
    usage: null,
    registryVersion: null,
    responseTimeMs: null,
    error: null,
    notes: [],
  };
  const others = transcript.turns.filter((turn) => turn.requestId !== requestId);
  return { ...transcript, turns: [...others, turn] };
}

/** An event of the last turn's answer. */
export function applyEvent(
  transcript: Transcript,
  event: ChatEvent,
): Transcript {
  switch (event.type) {
    case "turn-start": {
      const { conversation_id: conversationId, model, registry_version } = event.data;
      return {
        ...change(transcript, {
          state: "streaming",
          model,
          registryVersion: registry_version,
        }),
        conversationId,
      };
    }
    case "text-delta":
      return change(transcript, {
        answer: `${lastAnswer(transcript)}${event.data.text}`,
      });
    case "usage":
      return change(transcript, { usage: event.data });
    case "done": {
      const {
        message,
        model,
        usage,
        registry_version,
        response_time_ms,
        ...more
      } = event.data;
      return {
        ...change(transcript, {
          state: message.status === "partial" ? "partial" : "complete",
          answer: message.content,
          model,
          usage,
          registryVersion: registry_version,
          responseTimeMs: response_time_ms,
          notes: [
            ...(more.registry === "stale" ? ["The registry could not be refreshed."] : []),
            ...(more.persisted === false ? ["The answer is not stored yet."] : []),
          ],
        }),
        conversationId: more.conversation_id,
      };
    }
    case "error": {
      const { code, message, hint = null, stored } = event.data;
      return change(transcript, {
        state: stored.status === "partial" ? "partial" : "failed",
        error: { code, message, hint },
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
  return change(transcript, {
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
  { code, message, hint }: ApiError,
): Transcript {
  return change(transcript, {
    state: "failed",
    error: { code, message, hint },
  });
}

function lastAnswer({ turns }: Transcript): string {
  return turns.at(-1)?.answer ?? "";
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
