import { z } from "zod";
import type { Surface } from "../core/surface.ts";
import { isPassing } from "../database/database_error.ts";
import type { AskedCall } from "../dialects/dialect.ts";
import { requireFitting } from "../formats/prepare_tools.ts";
import type { Caller } from "../http/authenticate.ts";
import { largestBody } from "../http/read_body.ts";
import { readJson } from "../http/read_json.ts";
import type { RequestContext } from "../http/serve.ts";
import type { Registry } from "../registry/registry.ts";
import { abandonedAfterMs } from "../runs/abandoned_after.ts";
import { demandOf } from "../runs/demand.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import { modelsOf, resolveName } from "../selection/named_model.ts";
import type { BegunCall, Reservation } from "./call.ts";
import type { CallOptions } from "./call_options.ts";

/** A request whose body is read. */
export interface ReadRequest {
  readonly caller: Caller;
  readonly body: unknown;
  /** When it came, by the clock, had its body taken no time: that is its sender's. */
  readonly startedAt: number;
}

/** A call that has begun, and the registry that holds for it. */
export interface OpenCall {
  readonly begun: BegunCall;
  readonly registry: Registry;
}

/**
 * Reads a request. An API key is not verified before the call begins; so that strangers cannot fill
 * the memory, it is for a large body, which takes a round trip more.
 *
 * @throws {AppError} what the authenticator, `readJson` and the beginning of the call throw
 */
export async function readRequest(
  request: Request,
  surface: Surface,
  { authenticate, requireAllowedRegion, calls, now }: CallOptions,
): Promise<ReadRequest> {
  const startedAt = now();
  const caller = await authenticate(request);
  await requireAllowedRegion();
  const admit = async () => {
    if (caller.kind === "api-key") await calls.begin(caller, surface, null, null);
  };
  const bodyAt = now();
  const body = await readJson(request, z.unknown(), { large: { ...largestBody, admit } });
  return { caller, body, startedAt: startedAt + now() - bodyAt };
}

/** Who calls, and what is known of it before it begins. */
export interface UnbegunCall {
  readonly caller: Caller;
  readonly surface: Surface;
  readonly clientLabel: string | null;
  readonly context: RequestContext;
}

/**
 * Begins a call that runs no model: verifies its caller, and gets the registry.
 *
 * @throws {AppError} what `CallStore.begin` and the loading of the registry throw
 */
export async function beginCall(
  unbegun: UnbegunCall,
  { calls, registry }: Pick<CallOptions, "calls" | "registry">,
): Promise<OpenCall> {
  const begun = await verifyCaller(unbegun, null, calls);
  return { begun, registry: await registryOf(begun, registry) };
}

/** The caller reads the errors of the call from then on. */
async function verifyCaller(
  { caller, surface, clientLabel, context }: UnbegunCall,
  reservation: Reservation | null,
  calls: CallOptions["calls"],
): Promise<BegunCall> {
  const begun = await calls.begin(caller, surface, clientLabel, reservation);
  if (begun.isOperator) context.audience = "operator";
  return begun;
}

async function registryOf(
  { registryVersion: version, registryHash: hash }: BegunCall,
  registry: CallOptions["registry"],
): Promise<Registry> {
  return (await registry.get({ version, hash })).registry;
}

/** A call that is to run, with what a rollout assigns of its caller's calls. */
export type UnbegunRun = UnbegunCall & Pick<Reservation, "unit">;

/** A call that is ready to run. */
export interface AskedOfModels {
  readonly begun: BegunCall;
  readonly question: RunQuestion;
}

/**
 * Begins a call that is to run. Where it cannot, what it has reserved is given back, and its caller
 * does not wait for that.
 *
 * @throws {AppError} what `beginCall` and `questionOf` throw
 */
export async function beginRun(
  unbegun: UnbegunRun,
  asked: AskedCall,
  options: CallOptions,
): Promise<AskedOfModels> {
  const { calls, registry, timeoutMs, continueInBackground } = options;
  const { unit, context: { requestId: id } } = unbegun;
  const demand = demandOf({ ...asked.question, fallback: true });
  const staleAfterMs = timeoutMs + abandonedAfterMs;
  // What cannot be given back expires.
  const giveBack = () => continueInBackground(calls.release(id).catch(() => {}));
  const begun = await verifyCaller(
    unbegun,
    { id, model: asked.model, unit, demand, staleAfterMs },
    calls,
  ).catch((error) => {
    // It may have begun, and its reply been lost.
    if (isPassing(error)) giveBack();
    throw error;
  });
  try {
    const open = { begun, registry: await registryOf(begun, registry) };
    return { begun, question: questionOf(asked, open) };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/**
 * Refuses what no model could be sent, before the call begins.
 *
 * @throws {AppError} `invalid_request`
 */
export function requireUsable({ question: { tools = [] } }: AskedCall): void {
  requireFitting(tools);
}

/**
 * The question of a call: what its client asks, of the models that its caller may be answered by.
 *
 * @throws {AppError} what `resolveName` throws
 */
export function questionOf(
  { model, question }: AskedCall,
  { begun, registry }: OpenCall,
): RunQuestion {
  const permittedModelIds = modelsOf(registry, begun.scope);
  return {
    ...question,
    ...resolveName(registry, model, begun.scope),
    ...(permittedModelIds !== null && { permittedModelIds }),
    historyLength: question.history.length,
    pinnedModelId: null,
    useCase: null,
    fallback: true,
    isCall: true,
  };
}
