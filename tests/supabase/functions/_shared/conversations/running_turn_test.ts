import { expect } from "@std/expect";
import { beginTurn } from "../../../../../supabase/functions/_shared/conversations/begin_turn.ts";
import type { StoredAnswer } from "../../../../../supabase/functions/_shared/conversations/stored_answer.ts";
import type {
  TurnOptions,
  TurnRequest,
} from "../../../../../supabase/functions/_shared/conversations/turn_options.ts";
import type {
  AnsweredTurn,
  BegunTurn,
  Question,
  TurnEnd,
} from "../../../../../supabase/functions/_shared/conversations/turn_store.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { bytesOf, png } from "../media_files.ts";
import { runWorld, type Step } from "../runs/run_world.ts";

const image: ContentBlock = {
  type: "image",
  mediaType: "image/png",
  source: { kind: "base64", data: "AQID" },
};
const call = { type: "tool-use", id: "t1", name: "look_up", input: { drug: "x" } } as const;
const thinking = { type: "thinking", text: "Hm.", signature: "s" } as const;
const text = { type: "text", text: "Let me see." } as const;

const request: TurnRequest = {
  userId: "u",
  sessionId: null,
  isAnonymous: false,
  accessToken: "token",
  requestId: "r",
  text: "How are you?",
  blocks: null,
  content: [{ type: "text", text: "How are you?" }],
  uploads: [],
  conversationId: null,
  modelId: null,
  useCase: null,
  fallback: true,
  onDisconnect: null,
  effort: null,
  showThinking: false,
};

/** A turn of model `a` that plays a step; notes in which order things happen. */
function turnWorld(
  step: Step,
  options: Partial<TurnOptions> = {},
  history: Message[] = [],
  budget: BegunTurn["budget"] = null,
) {
  const world = runWorld({ a: [step] });
  const happened: string[] = [];
  const ends: TurnEnd[] = [];
  const questions: Question[] = [];
  let answered: AnsweredTurn | null = null;
  const begun: BegunTurn = {
    kind: "begun",
    conversationId: "c",
    questionId: "q",
    attempt: 1,
    assistantType: "clinical",
    pinnedModelId: null,
    pinIsReverted: false,
    assigned: null,
    useCase: null,
    onDisconnect: "finish",
    history,
    answeredTurns: history.length / 2,
    registryVersion: 1,
    registryHash: "",
    budget,
  };
  const all: TurnOptions = {
    ...world.dependencies,
    turns: {
      raise: () => Promise.resolve(null),
      begin: (question) => {
        questions.push(question);
        return Promise.resolve(answered ?? begun);
      },
      complete: (end) => {
        happened.push("complete");
        ends.push(end);
        const stored = storedOf(end);
        answered = { kind: "answered", conversationId: "c", answer: stored };
        return Promise.resolve(stored);
      },
    },
    objects: {
      read: () => Promise.reject(new Error("nothing is to be read")),
      write: () => Promise.reject(new Error("nothing is to be written")),
    },
    timeoutMs: 60_000,
    historyTokens: 1000,
    report: () => {},
    reportLoss: () => {},
    reportMediaLoss: (questionId, count) => happened.push(`lost ${count} of ${questionId}`),
    randomId: () => "m",
    today: () => new Date(0),
    continueInBackground: () => {},
    ...options,
  };
  const begin = (change: Partial<TurnRequest> = {}) => beginTurn({ ...request, ...change }, 0, all);
  return { world, happened, ends, questions, begin, turns: all.turns };
}

function storedOf({ answer_id, content, blocks, run }: TurnEnd): StoredAnswer {
  return {
    ...run,
    id: answer_id,
    content,
    blocks: blocks as StoredAnswer["blocks"],
    model_used: run.model_id,
    disclosure: false,
    cost_usd: null,
    created_at: "",
  };
}

async function eventsOf(turn: Awaited<ReturnType<typeof beginTurn>>) {
  const groups = await Array.fromAsync(turn.stream(new AbortController().signal));
  return groups.flat();
}

const told = (events: Awaited<ReturnType<typeof eventsOf>>) =>
  events.flatMap((event): unknown[] => {
    switch (event.type) {
      case "thinking":
        return [["thinking", event.modelId, event.text]];
      case "tool-use":
        return [["tool-use", event.call]];
      case "text-delta":
        return [event.text];
      default:
        return [event.type];
    }
  });

const gives: Step = { gives: [thinking, text, call], stops: "tool_use" };

Deno.test("runningTurn() tells that a model thinks before the turn starts, and calls of tools whole", async () => {
  const { begin, ends } = turnWorld(gives);
  const first = told(await eventsOf(await begin()));
  expect(first).toEqual([
    ["thinking", "a", null],
    "turn-start",
    "Let me see.",
    ["tool-use", call],
    "done",
  ]);
  expect(ends[0]?.blocks).toEqual([thinking, text, call]);
  expect(ends[0]?.content).toBe("Let me see.");
});

Deno.test("runningTurn() gives the words of thinking where they are asked for", async () => {
  const { begin } = turnWorld(gives);
  const events = told(await eventsOf(await begin({ showThinking: true })));
  expect(events.filter((event) => Array.isArray(event) && event[0] === "thinking")).toEqual([
    ["thinking", "a", null],
    ["thinking", "a", "Hm."],
  ]);
});

Deno.test("a repeated turn gives the blocks of its answer again, in order", async () => {
  for (const showThinking of [true, false]) {
    const { begin, world } = turnWorld(gives);
    await eventsOf(await begin({ showThinking }));
    const again = told(await eventsOf(await begin({ showThinking })));
    expect(again).toEqual([
      "turn-start",
      ["thinking", "a", showThinking ? "Hm." : null],
      "Let me see.",
      ["tool-use", call],
      "done",
    ]);
    expect(world.called).toEqual(["a"]);
  }
});

const upload = { path: "u/h.png", mediaType: "image/png", data: "AQID" };

Deno.test("runningTurn() keeps media beside the call of the model, and settles the turn before they are kept", async () => {
  for (const streamed of [true, false]) {
    const written = Promise.withResolvers<void>();
    const work: Promise<void>[] = [];
    const { begin, happened } = turnWorld({ answers: "Fine." }, {
      objects: {
        read: () => Promise.resolve(null),
        write: async ({ path }, bytes, type) => {
          await written.promise;
          happened.push(`${path} ${bytes.length} ${type}`);
        },
      },
      continueInBackground: (kept) => work.push(kept),
    });
    const turn = await begin({ uploads: [upload] });
    if (streamed) await eventsOf(turn);
    else await turn.answer(() => new AbortController().signal);
    expect(happened).toEqual(["complete"]);
    written.resolve();
    await Promise.all(work);
    expect([work.length, happened]).toEqual([1, ["complete", "u/h.png 3 image/png"]]);
  }
});

Deno.test("runningTurn() keeps no media of a turn that no model takes", async () => {
  const work: Promise<void>[] = [];
  const { begin, happened, world } = turnWorld({ answers: "Fine." }, {
    continueInBackground: (kept) => work.push(kept),
  });
  const turn = await begin({ uploads: [upload], content: [image] });
  await expect(turn.answer(() => new AbortController().signal))
    .rejects.toMatchObject({ code: "modality_not_supported" });
  expect([work, happened, world.called]).toEqual([[], ["complete"], []]);
});

Deno.test("runningTurn() ends a turn whose media cannot be kept, and reports how many", async () => {
  const work: Promise<void>[] = [];
  const { begin, happened } = turnWorld({ answers: "Fine." }, {
    continueInBackground: (kept) => work.push(kept),
  });
  const turn = await begin({ uploads: [upload, { ...upload, path: "u/i.png" }] });
  expect((await turn.answer(() => new AbortController().signal)).answer.content).toBe("Fine.");
  await Promise.all(work);
  expect(happened.toSorted()).toEqual(["complete", "lost 2 of q"]);
});

Deno.test("runningTurn() reads nothing of Storage for a turn without media, and the history's for one with", async () => {
  const without = turnWorld({ answers: "Fine." });
  await (await without.begin()).answer(() => new AbortController().signal);
  expect(without.happened).toEqual(["complete"]);

  const reads: string[] = [];
  const stored: ContentBlock = {
    ...image as Extract<ContentBlock, { type: "image" }>,
    source: { kind: "storage", bucket: "switchboard-content", path: "u/r/0.png", size: 69 },
  };
  const history: Message[] = [
    { role: "user", blocks: [{ type: "text", text: "This?" }, stored], modelId: null },
    { role: "assistant", blocks: [{ type: "text", text: "That." }], modelId: "a" },
  ];
  const objects: TurnOptions["objects"] = {
    read: ({ path }) => {
      reads.push(path);
      return Promise.resolve({ bytes: bytesOf(png()), contentType: "image/png" });
    },
    write: () => Promise.resolve(),
  };
  const withMedia = turnWorld({ answers: "Fine." }, { objects, historyTokens: 10_000 }, history);
  const turn = await withMedia.begin();
  const { history: sent } = await turn.answer(() => new AbortController().signal);
  expect(reads).toEqual(["u/r/0.png"]);
  expect(sent?.messagesSent).toBe(2);
});

Deno.test("beginTurn() demands what its question brings, and leaves the history to Postgres", async () => {
  const { begin, questions } = turnWorld({ answers: "Fine." });
  await begin();
  const long = [{ type: "text", text: "x".repeat(30_000) }] as const;
  await begin({ content: long, effort: "low", fallback: false });
  expect(questions.map(({ demand }) => [demand.thinks, demand.fallback, demand.max_tokens]))
    .toEqual([[false, true, null], [true, false, null]]);
  const [short, more] = questions.map(({ demand }) => demand.input_tokens);
  expect((more ?? 0) - (short ?? 0)).toBeGreaterThan(9_900);
});

Deno.test("runningTurn() keeps to its budget, and tells with the answer what cut it", async () => {
  const tokens = { amount: 1_000, limit: "tokens per day", retryAfterSeconds: null };
  const { begin, world, ends } = turnWorld({ answers: "Fine." }, {}, [], { usd: null, tokens });
  const { answer } = await (await begin()).answer(() => new AbortController().signal);
  const left = world.requests[0]?.inference.maxTokens;
  expect(left).toBeLessThan(1_000);
  expect([answer.answer_tokens_left, ends[0]?.run.answer_tokens_left]).toEqual([left, left]);
});

/** The store of a turn whose conversation was erased while it ran. */
const erased: TurnOptions["turns"] = {
  ...turnWorld(gives).turns,
  complete: (end) => Promise.resolve({ ...storedOf(end), is_erased: true }),
};

Deno.test("runningTurn() gives the answer of an erased conversation as one that is not kept", async () => {
  const begin = () => turnWorld({ answers: "Fine." }, { turns: erased }).begin();
  const plain = await (await begin()).answer(() => new AbortController().signal);
  expect([plain.answer.content, plain.persisted]).toEqual(["Fine.", false]);
  const streamed = await turnWorld(gives, { turns: erased }).begin();
  const done = (await eventsOf(streamed)).at(-1);
  expect(done).toMatchObject({ type: "done", turn: { persisted: false } });
});
