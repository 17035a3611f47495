import { z } from "zod";
import type { Surface } from "../core/surface.ts";
import type { AskedCall } from "../dialects/dialect.ts";
import { requireFitting } from "../formats/prepare_tools.ts";
import type { Caller } from "../http/authenticate.ts";
import { largestBody } from "../http/read_body.ts";
import { readJson } from "../http/read_json.ts";
import type { RequestContext } from "../http/serve.ts";
import type { Registry } from "../registry/registry.ts";
import type { RunQuestion } from "../runs/run_plan.ts";
import { modelsOf, resolveName } from "../selection/named_model.ts";
import type { BegunCall } from "./call.ts";
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
  { authenticate, calls, now }: CallOptions,
): Promise<ReadRequest> {
  const startedAt = now();
  const caller = await authenticate(request);
  const admit = async () => {
    if (caller.kind === "api-key") await calls.begin(caller, surface, null);
  };
  const bodyAt = now();
  const body = await readJson(request, z.unknown(), { large: { ...largestBody, admit } });
  return { caller, body, startedAt: startedAt + now() - bodyAt };
}

/**
 * Begins a call: verifies its caller, who reads its errors from then on, and gets the registry.
 *
 * @throws {AppError} what `CallStore.begin` and the loading of the registry throw
 */
export async function beginCall(
  caller: Caller,
  clientLabel: string | null,
  surface: Surface,
  context: RequestContext,
  { calls, registry }: CallOptions,
): Promise<OpenCall> {
  const begun = await calls.begin(caller, surface, clientLabel);
  if (begun.isOperator) context.audience = "operator";
  const state = { version: begun.registryVersion, hash: begun.registryHash };
  return { begun, registry: (await registry.get(state)).registry };
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
