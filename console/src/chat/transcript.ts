/** A conversation as it is shown, and how it grows; nothing here asks or draws. */
import type { AnsweredContent } from "../../../supabase/functions/_shared/contract/content.ts";
import type { ApiError } from "../api/api_error.ts";
import type { AnsweringModel, ChatEvent, TurnUsage } from "./chat_types.ts";
import { describeIntervention, describeLeftOut } from "./describe_content.ts";
import type { Question, ToolResult } from "./question.ts";

export type TurnState =
  | "waiting"
  | "streaming"
  | "complete"
  | "partial"
  | "failed"
  | "stopped";

/** A file of a question. */
export interface ShownMedia {
  /** Null: an image that was read from the store, which keeps no name. */
  readonly name: string | null;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Base64, where the question was asked on this page. */
  readonly data?: string;
}

export interface ShownToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ShownThinking {
  /** Null: the model that answered. */
  readonly modelId: string | null;
  /** Empty where the words were not asked for. */
  readonly text: string;
  /** Whether it goes on. */
  readonly goesOn: boolean;
}

export interface ShownTurn {
  readonly requestId: string;
  readonly question: string;
  readonly attached: readonly ShownMedia[];
  /** What tools gave, which the question brought. */
  readonly results: readonly ToolResult[];
  /** What to send to ask it again; null where not all of it is here any more. */
  readonly asked: Question | null;
  readonly thinking: ShownThinking | null;
  readonly answer: string;
  readonly toolUses: readonly ShownToolUse[];
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
    case "thinking": {
      const { model_id: modelId, text = "" } = event.data;
      const former = transcript.turns.at(-1)?.thinking;
      const before = former?.modelId === modelId ? former.text : "";
      return change(transcript, { thinking: { modelId, text: before + text, goesOn: true } });
    }
    case "text-delta":
      return endThinking(change(transcript, {
        answer: `${lastAnswer(transcript)}${event.data.text}`,
      }));
    case "tool-use": {
      const toolUses = transcript.turns.at(-1)?.toolUses ?? [];
      return endThinking(change(transcript, { toolUses: [...toolUses, event.data] }));
    }
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
        ...change(endThinking(transcript), {
          state: message.status === "partial" ? "partial" : "complete",
          answer: message.content,
          ...toolUsesOf(message.blocks),
          model,
          usage,
          registryVersion: registry_version,
          responseTimeMs: response_time_ms,
          notes: [
            ...describeIntervention(message.stop_reason),
            ...describeLeftOut(more.history?.blocks_left_out ?? {}),
            ...(more.registry === "stale" ? ["The registry could not be refreshed."] : []),
            ...(more.persisted === false ? ["The answer is not stored yet."] : []),
          ],
        }),
        conversationId: more.conversation_id,
      };
    }
    case "error": {
      const { code, message, hint = null, stored } = event.data;
      return change(endThinking(transcript), {
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
  { code, message, hint }: ApiError,
): Transcript {
  return change(endThinking(transcript), {
    state: "failed",
    error: { code, message, hint },
  });
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
