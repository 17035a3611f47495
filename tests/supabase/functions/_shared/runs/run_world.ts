/** A registry of three models and a Bedrock that plays a script, for tests of runs. */
import type {
  ModelStream,
  StreamLimits,
} from "../../../../../supabase/functions/_shared/bedrock/model_stream.ts";
import type {
  ModelAnswer,
  PartialAnswer,
  StopReason,
  Usage,
} from "../../../../../supabase/functions/_shared/core/answer.ts";
import {
  AppError,
  type ErrorCode,
  type RefusedHistory,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ContentBlock } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { ModelEvent } from "../../../../../supabase/functions/_shared/core/model_event.ts";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { textOnly } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { Registry } from "../../../../../supabase/functions/_shared/registry/registry.ts";
import type { CachedRegistry } from "../../../../../supabase/functions/_shared/registry/registry_cache.ts";
import { CircuitBreaker } from "../../../../../supabase/functions/_shared/runs/circuit_breaker.ts";
import { run } from "../../../../../supabase/functions/_shared/runs/run.ts";
import type { RunEvent } from "../../../../../supabase/functions/_shared/runs/run_event.ts";
import type {
  RunDependencies,
  RunRequest,
} from "../../../../../supabase/functions/_shared/runs/run_request.ts";
import { registryOf } from "../selection/registry_of.ts";

/** What a model does when it is called: fails, answers, or streams these texts and then ends so. */
export type Step =
  | { readonly fails: ErrorCode; readonly refuses?: RefusedHistory }
  | { readonly answers: string }
  | {
    readonly streams: readonly string[];
    /** The code that the stream breaks with; it ends properly without. */
    readonly breaks?: ErrorCode;
    /** Called when a text was given. */
    readonly given?: () => void;
  }
  /** Answers with these blocks, as a whole or one after the other, and then stops or breaks so. */
  | {
    readonly gives: readonly ContentBlock[];
    readonly uses?: Partial<Usage>;
    readonly stops?: StopReason;
    readonly breaks?: ErrorCode;
    /** The beginning of a block that breaks off. */
    readonly half?: readonly ModelEvent[];
  };

const usage = {
  inputTokens: 3,
  outputTokens: 2,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  thinkingTokens: null,
};
/** What is known of the usage before a stream's end. */
const partialUsage = { ...usage, outputTokens: null };

export interface World {
  /** Plays a run to its end. */
  play(change?: Partial<RunRequest>): Promise<RunEvent[]>;
  /** The same, as its events come. */
  begin(change?: Partial<RunRequest>): AsyncGenerator<readonly RunEvent[], void, void>;
  readonly called: string[];
  readonly requests: ModelRequest[];
  readonly limits: StreamLimits[];
  readonly waits: number[];
  readonly retired: string[];
  /** Streams that were closed, by model. */
  readonly closed: string[];
  readonly breaker: CircuitBreaker;
  readonly registry: Registry;
  readonly dependencies: RunDependencies;
  /** The time of the clock, in milliseconds. */
  time: number;
}

/** The models are called `a` (the default), `b` and `c`, and fall back in this order. */
export function runWorld(
  script: Readonly<Record<string, Step[]>>,
  dependencies: Partial<RunDependencies> = {},
): World {
  const region = "eu-central-1";
  const registry = registryOf({
    a: {
      region,
      is_default: true,
      priority: 1,
      capabilities: { ...textOnly, stop_sequences: true },
    },
    b: { region, priority: 2 },
    c: { region, priority: 3 },
  }, { clinical: null });
  const world = {
    called: [] as string[],
    requests: [] as ModelRequest[],
    limits: [] as StreamLimits[],
    waits: [] as number[],
    retired: [] as string[],
    closed: [] as string[],
    time: 0,
  };
  const breaker = new CircuitBreaker({ now: () => world.time });

  function nextStep(request: ModelRequest): Step {
    const { model_id } = request.model;
    world.called.push(model_id);
    world.requests.push(request);
    const step = script[model_id]?.shift();
    if (step === undefined) throw new Error(`${model_id} has no step left`);
    return step;
  }

  const all: RunDependencies = {
    breaker,
    registry: { get: (): Promise<CachedRegistry> => Promise.resolve({ registry, stale: false }) },
    modelEnded: (modelId) => void world.retired.push(modelId),
    functionRegion: "eu-central-1",
    today: () => new Date("2026-11-30T00:00:00Z"),
    retryBaseMs: 1000,
    random: () => 1,
    now: () => world.time,
    sleep: (ms) => {
      world.waits.push(ms);
      world.time += ms;
      return Promise.resolve();
    },
    callModel: (request) => {
      const step = nextStep(request);
      if ("fails" in step) return Promise.reject(failure(step));
      if ("streams" in step) throw new Error("this step is for a streamed run");
      world.time += 100;
      return Promise.resolve({
        answer: "gives" in step ? blockAnswerOf(step, step.gives) : answerOf(step.answers),
        requestId: `call-${world.called.length}`,
        timeToFirstByteMs: 90,
      });
    },
    streamModel: (request, limits, signal) => {
      const step = nextStep(request);
      world.limits.push(limits);
      if ("fails" in step) return Promise.reject(failure(step));
      if ("answers" in step) throw new Error("this step is for a run that is not streamed");
      const stream = "gives" in step ? blockStreamOf : streamOf;
      return Promise.resolve(stream(step as never, `call-${world.called.length}`, signal, {
        tick: () => void (world.time += 10),
        close: () => void world.closed.push(request.model.model_id),
      }));
    },
    ...dependencies,
  };
  const begin = (change: Partial<RunRequest> = {}) => run({ ...request, ...change }, all);
  return Object.assign(world, {
    breaker,
    registry,
    dependencies: all,
    begin,
    play: async (change?: Partial<RunRequest>) => (await Array.fromAsync(begin(change))).flat(),
  });
}

const request: RunRequest = {
  identity: { purpose: "turn", requestId: "r", questionId: "q", attempt: 1 },
  userId: "patient",
  registryVersion: 1,
  registryHash: "",
  history: [],
  historyLength: 0,
  question: { role: "user", blocks: [{ type: "text", text: "How are you?" }], modelId: null },
  assistantType: "clinical",
  pinnedModelId: null,
  requestedModelId: null,
  useCase: null,
  fallback: true,
  budget: null,
  startedAt: 0,
  timeoutMs: 60_000,
  historyTokens: 1000,
  streamed: false,
  signal: undefined,
};

function failure({ fails: code, refuses }: Extract<Step, { fails: unknown }>): AppError {
  const error = new AppError(code, undefined, { refusedHistory: refuses });
  error.upstreamRequestId = `failed-${code}`;
  return error;
}

function answerOf(text: string): ModelAnswer {
  return {
    blocks: [{ type: "text", text }],
    stopReason: "end_turn",
    providerStopReason: "the_end",
    usage,
  };
}

function streamOf(
  { streams, breaks, given: tell }: Extract<Step, { readonly streams: readonly string[] }>,
  requestId: string,
  signal: AbortSignal | undefined,
  { tick, close }: { readonly tick: () => void; readonly close: () => void },
): ModelStream {
  let given = "";
  async function* events(): AsyncGenerator<readonly ModelEvent[], void, void> {
    for (const text of streams) {
      await Promise.resolve();
      signal?.throwIfAborted();
      tick();
      given += text;
      tell?.();
      yield [{ type: "text-delta", text }];
    }
    if (breaks !== undefined) throw new AppError(breaks);
    yield [{ type: "block-end", blocks: [{ type: "text", text: given }] }, {
      type: "usage",
      usage,
    }];
  }
  return {
    requestId,
    timeToFirstByteMs: 5,
    events: events(),
    answer: () => answerOf(given),
    partial: (): PartialAnswer => ({
      blocks: given === "" ? [] : [{ type: "text", text: given }],
      usage: partialUsage,
    }),
    close,
  };
}

type BlockStep = Extract<Step, { readonly gives: unknown }>;

function blockAnswerOf(
  { stops = "end_turn", uses }: BlockStep,
  blocks: readonly ContentBlock[],
): ModelAnswer {
  return { ...answerOf(""), blocks, stopReason: stops, usage: { ...usage, ...uses } };
}

/** Each block comes at once. */
function blockStreamOf(
  step: BlockStep,
  requestId: string,
  signal: AbortSignal | undefined,
  { tick, close }: { readonly tick: () => void; readonly close: () => void },
): ModelStream {
  const { gives, breaks, half } = step;
  const given: ContentBlock[] = [];
  let told: PartialAnswer["usage"] = partialUsage;
  async function* events(): AsyncGenerator<readonly ModelEvent[], void, void> {
    for (const block of gives) {
      await Promise.resolve();
      signal?.throwIfAborted();
      tick();
      given.push(block);
      yield [...beginningOf(block), { type: "block-end", blocks: [block] }];
    }
    if (half !== undefined) yield half;
    if (breaks !== undefined) throw new AppError(breaks);
    told = blockAnswerOf(step, given).usage;
    yield [{ type: "usage", usage: told }];
  }
  return {
    requestId,
    timeToFirstByteMs: 5,
    events: events(),
    answer: () => blockAnswerOf(step, given),
    partial: (): PartialAnswer => ({ blocks: given, usage: told }),
    close,
  };
}

function beginningOf(block: ContentBlock): ModelEvent[] {
  switch (block.type) {
    case "text":
      return [{ type: "text-delta", text: block.text }];
    case "thinking":
      return [{ type: "thinking-start" }, { type: "thinking-delta", text: block.text }];
    case "tool-use":
      return [
        { type: "tool-use-start", id: block.id, name: block.name },
        { type: "tool-input-delta", json: JSON.stringify(block.input) },
      ];
    default:
      throw new TypeError(`no model gives ${block.type} here`);
  }
}
