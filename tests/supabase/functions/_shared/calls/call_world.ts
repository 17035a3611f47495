/** A function of one dialect over a registry of three models and a Bedrock that plays a script. */
import type {
  BegunCall,
  CallCaller,
  CallEnd,
  Reservation,
} from "../../../../../supabase/functions/_shared/calls/call.ts";
import type { CallReport } from "../../../../../supabase/functions/_shared/calls/call_report.ts";
import {
  type CountOptions,
  createCountHandler,
} from "../../../../../supabase/functions/_shared/calls/count_call.ts";
import { createCallHandler } from "../../../../../supabase/functions/_shared/calls/answer_call.ts";
import {
  createModelHandler,
  createModelsHandler,
} from "../../../../../supabase/functions/_shared/calls/list_models.ts";
import { refuseCall } from "../../../../../supabase/functions/_shared/calls/refuse_call.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { Caller } from "../../../../../supabase/functions/_shared/http/authenticate.ts";
import { serve } from "../../../../../supabase/functions/_shared/http/serve.ts";
import type { EarlyEnd } from "../../../../../supabase/functions/_shared/runs/run_report.ts";
import { runWorld, type Step } from "../runs/run_world.ts";
import { plainDialect } from "./plain_dialect.ts";

export const apiKeyCaller: Caller = {
  kind: "api-key",
  digest: "d1".repeat(32),
  prefix: "bsk_Ab-_9A",
};

/** A call of a key that is bound to nothing. */
export const begunCall: BegunCall = {
  scope: { assistantType: null, models: null },
  isOperator: false,
  registryVersion: 1,
  registryHash: "",
  budget: null,
  entry: {
    api_key_id: "key-1",
    user_hash: null,
    client_hash: null,
    begun_at: "2026-11-30T00:00:00Z",
    begun_xmin: "7",
  },
};

export interface CallWorld {
  /** What happened, in its order. */
  readonly log: string[];
  readonly begun: {
    caller: CallCaller;
    label: string | null;
    reservation: Reservation | null;
  }[];
  readonly ends: CallEnd[];
  readonly reports: { report: CallReport; ended: EarlyEnd | undefined }[];
  readonly background: Promise<void>[];
  /** What the frame logs of requests that failed. */
  readonly failures: string[];
  readonly run: ReturnType<typeof runWorld>;
  send(path: string, request?: RequestInit): Promise<Response>;
  /** Sends a call. */
  ask(body: object, init?: RequestInit): Promise<Response>;
}

export function callWorld(
  script: Readonly<Record<string, Step[]>>,
  options: Partial<CountOptions> = {},
): CallWorld {
  const run = runWorld(script);
  const { background, ...lists } = {
    log: [] as string[],
    begun: [] as CallWorld["begun"],
    ends: [] as CallEnd[],
    reports: [] as CallWorld["reports"],
    failures: [] as string[],
    background: [] as Promise<void>[],
  };
  const all: CountOptions = {
    ...run.dependencies,
    authenticate: () => Promise.resolve(apiKeyCaller),
    requireAllowedRegion: () => Promise.resolve(),
    calls: {
      begin: (caller, _, label, reservation) => {
        lists.log.push("begin");
        lists.begun.push({ caller, label, reservation });
        return Promise.resolve(begunCall);
      },
      complete: (end) => {
        lists.log.push("complete");
        lists.ends.push(end);
        return Promise.resolve(0.5);
      },
      raise: () => Promise.resolve(null),
      release: (id) => {
        lists.log.push(`release ${id}`);
        return Promise.resolve();
      },
    },
    countTokens: () => Promise.reject(new AppError("bedrock_access_denied")),
    reportUncounted: (modelId) => void lists.log.push(`uncounted ${modelId}`),
    timeoutMs: 60_000,
    silenceMs: 10_000,
    today: () => new Date("2026-11-30T00:00:00Z"),
    report: (report, ended) => void lists.reports.push({ report, ended }),
    reportFault: (_, error) => void lists.log.push(`fault ${(error as Error).message}`),
    reportLoss: (id) => void lists.log.push(`lost ${id.length}`),
    continueInBackground: (work) => void background.push(work),
    ...options,
  };
  const fetch = serve(
    {
      "/ask": { POST: createCallHandler(plainDialect, all) },
      "/count": { POST: createCountHandler("openai", plainDialect.readCall, all) },
      "/models": { GET: createModelsHandler("openai", all) },
      "/models/*": { GET: createModelHandler("openai", all) },
    },
    (_, { code }) => lists.failures.push(String(code)),
    (error, context) => refuseCall(plainDialect, error, context),
  );
  const send = (path: string, init: RequestInit = {}) =>
    fetch(new Request(`http://127.0.0.1/openai${path}`, init));
  return {
    ...lists,
    background,
    run,
    send,
    ask: (body, init = {}) =>
      send("/ask", { method: "POST", body: JSON.stringify({ text: "Hi", ...body }), ...init }),
  };
}
