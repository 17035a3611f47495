import { expect } from "@std/expect";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import {
  type OpenTurn,
  settleTurn,
} from "../../../../../supabase/functions/_shared/conversations/settle_turn.ts";
import type { StoredAnswer } from "../../../../../supabase/functions/_shared/conversations/stored_answer.ts";
import type { TurnOptions } from "../../../../../supabase/functions/_shared/conversations/turn_options.ts";
import type { TurnEnd } from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";
import {
  type Capabilities,
  textOnly,
} from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { RunOutcome } from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import type { RunRecord } from "../../../../../supabase/functions/_shared/runs/run_record.ts";
import { selectModel } from "../../../../../supabase/functions/_shared/selection/select_model.ts";
import type { ContentNeeds } from "../../../../../supabase/functions/_shared/selection/selection.ts";
import { modelRow } from "../model_row.ts";
import { runRecord } from "../runs/run_record_of.ts";
import { registryOf, selectionRequest } from "../selection/registry_of.ts";

const tools: Capabilities["tools"] = {
  choices: [],
  single: false,
  names: "hyphen",
  ids: "any",
  strict: false,
};

/** Whether the answer to a turn of a conversation that is pinned to `pin` moves the pin. */
async function movesPin(...turn: Parameters<typeof settled>): Promise<boolean> {
  return (await settled(...turn)).moves_pin;
}

/** What is stored of an answer to a turn of a conversation that is pinned to `pin`. */
async function settled(
  record: Partial<RunRecord>,
  change: Parameters<typeof registryOf>[0][string] = {},
  needs: ContentNeeds = { media: [], tools: false },
  blocks: readonly ContentBlock[] = [{ type: "text", text: "Fine." }],
): Promise<TurnEnd> {
  const registry = registryOf({ pin: change, other: { capabilities: { ...textOnly, tools } } });
  const ends: TurnEnd[] = [];
  const outcome: RunOutcome = {
    kind: "complete",
    model: modelRow(),
    answer: {
      blocks,
      stopReason: "end_turn",
      providerStopReason: null,
      usage: {
        inputTokens: 1,
        outputTokens: 1,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        cacheWrite1hTokens: 0,
        thinkingTokens: null,
      },
    },
    record: runRecord(record),
    selected: selectModel(selectionRequest(registry, { pinnedModelId: "pin", needs })),
  };
  const turn = { pinnedModelId: "pin", questionId: "q", attempt: 1, history: [] };
  const open = { turn, request: { requestId: "r" }, answerId: "a" } as unknown as OpenTurn;
  await settleTurn(open, outcome, {
    turns: {
      complete: (end: TurnEnd) => {
        ends.push(end);
        return Promise.resolve({ id: "a" } as StoredAnswer);
      },
    },
    now: () => 0,
    report: () => {},
  } as unknown as TurnOptions);
  const [end] = ends;
  if (end === undefined || ends.length > 1) throw new Error("a turn is completed once");
  return end;
}

Deno.test("settleTurn() keeps a pin that fails for a while, or cannot take one question", async () => {
  expect(await movesPin({})).toBe(false);
  const fallback = { reason: "fallback", requested_model: "pin" };
  expect(await movesPin({ ...fallback, fallback_code: "bedrock_throttled" })).toBe(false);
  const needs = { media: [], tools: true };
  expect(await movesPin({ ...fallback, fallback_code: "modality_not_supported" }, {}, needs))
    .toBe(false);
});

Deno.test("settleTurn() moves a pin that has ended", async () => {
  const fallback = { reason: "fallback", requested_model: "pin" };
  const ended = { lifecycle: "retired" } as const;
  // What one call was told is not proven.
  expect(await movesPin({ ...fallback, fallback_code: "bedrock_model_end_of_life" })).toBe(false);
  expect(await movesPin({ ...fallback, fallback_code: "model_retired" }, ended)).toBe(true);
});

Deno.test("settleTurn() stores no thinking that Postgres could not hold as its model signed it", async () => {
  const thinking = { type: "thinking", text: "Hm.", signature: "c2lnbmVk" } as const;
  const broken = ["\0", "\ud83d"].map((text) => ({ ...thinking, text }));
  const answer = { type: "text", text: "Fine." } as const;
  const { blocks } = await settled({}, {}, undefined, [thinking, ...broken, answer]);
  expect(blocks).toEqual([thinking, answer]);
});
