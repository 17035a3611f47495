import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { storableText } from "../core/storable_text.ts";
import type { Surface } from "../core/surface.ts";
import type { Json } from "../database.types.ts";
import { callDatabase } from "../database/call_database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import { invalidApiKey } from "../http/authenticate.ts";
import { type Budget, budgetSchema } from "../limits/budget.ts";
import { raiseHold, releaseHolds } from "../limits/holds.ts";
import type { RunTotal } from "../limits/run_budget.ts";
import type { BegunCall, CallCaller, CallEnd, Reservation } from "./call.ts";

const begunSchema = z.object({
  api_key_id: z.string().nullable(),
  assistant_type: z.string().nullable(),
  models: z.array(z.string()).nullable(),
  is_operator: z.boolean(),
  user_hash: z.string().nullable(),
  client_hash: z.string().nullable(),
  begun_at: z.string(),
  begun_xmin: z.string(),
  registry_version: z.number(),
  registry_hash: z.string(),
  budget: budgetSchema,
});

/** Why an API key cannot begin a call. */
const refusals = ["unknown", "revoked", "expired", "dialect", "assistant_inactive"] as const;

const refusedSchema = z.object({
  refused: z.object({ why: z.enum(refusals), api_key_id: z.string().nullable() }),
});

// Once for all calls: to make a schema takes longer than to use it.
const beginningSchema = z.union([begunSchema, refusedSchema]);
const costSchema = z.number().nullable();

/** Most characters of a client's label that tell its user from others. */
const longestLabel = 1_000;

/** The calls, in Postgres: who may begin them, and their figures. */
export class CallStore {
  readonly #database: RpcClient;
  readonly #functionRegion: string | null;

  /** @param functionRegion The AWS region that the function runs in; null where it is not known. */
  constructor(database: RpcClient, functionRegion: string | null) {
    this.#database = database;
    this.#functionRegion = functionRegion;
  }

  /**
   * Verifies the caller of a call, and names the registry that holds for it. Stores nothing but what
   * the call reserves, until it is completed or released.
   *
   * @param clientLabel the client's own label of its user, of which a keyed hash comes back
   * @param reservation null: no model will be called
   * @throws {AppError} `invalid_credentials`, `key_scope`, `assistant_inactive`, `limit_exceeded`,
   * `price_unknown`; what `begin_call` refuses; `database_unavailable`
   */
  async begin(
    caller: CallCaller,
    surface: Surface,
    clientLabel: string | null,
    reservation: Reservation | null,
  ): Promise<BegunCall> {
    const p_call = {
      surface,
      function_region: this.#functionRegion,
      caller: callerColumns(caller),
      client_label: clientLabel && storableText(clientLabel.slice(0, longestLabel)),
      ...reservation && {
        id: reservation.id,
        model: storableText(reservation.model),
        unit: reservation.unit,
        demand: { ...reservation.demand },
        stale_after_ms: reservation.staleAfterMs,
      },
    };
    const call = this.#database.rpc("begin_call", { p_call });
    const begun = await callDatabase(call, beginningSchema);
    if ("refused" in begun) throw refusal(begun.refused, caller);
    const { api_key_id, user_hash, client_hash, begun_at, begun_xmin } = begun;
    return {
      scope: { assistantType: begun.assistant_type, models: begun.models },
      isOperator: begun.is_operator,
      registryVersion: begun.registry_version,
      registryHash: begun.registry_hash,
      budget: begun.budget,
      entry: { api_key_id, user_hash, client_hash, begun_at, begun_xmin },
    };
  }

  /**
   * Gives back what a call has reserved that will not run.
   *
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async release(id: string): Promise<void> {
    await releaseHolds(this.#database, id);
  }

  /**
   * Raises what a call has reserved to so much in total, as far as its limits leave it.
   *
   * @returns what it may use then; null where it holds nothing
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async raise(id: string, total: RunTotal): Promise<Budget | null> {
    return await raiseHold(this.#database, id, total);
  }

  /**
   * Enters an ended call in the ledger. May be repeated: what was stored first stays.
   *
   * @returns the cost in USD, at the prices of the moment; null where it is not known
   * @throws {AppError} `database_unavailable`, `database_error`
   */
  async complete(end: CallEnd): Promise<number | null> {
    // As JSON, which is what the argument is; the generated type asks for an index signature.
    const p_end = end as unknown as Json;
    return await callDatabase(this.#database.rpc("complete_call", { p_end }), costSchema);
  }
}

function callerColumns(caller: CallCaller) {
  switch (caller.kind) {
    case "api-key":
      return { kind: caller.kind, digest: caller.digest };
    case "user":
      return {
        kind: caller.kind,
        user_id: caller.userId,
        session_id: caller.sessionId,
        is_anonymous: caller.isAnonymous,
      };
    case "service":
      return { kind: caller.kind };
    default:
      return caller satisfies never;
  }
}

/** Unknown, revoked and expired keys are told apart by the log only, which names the key of each. */
function refusal(
  { why, api_key_id: id }: z.infer<typeof refusedSchema>["refused"],
  caller: CallCaller,
): AppError {
  const prefix = caller.kind === "api-key" ? `${caller.prefix}…` : "of another caller";
  const key = id === null ? prefix : `${prefix} (${id})`;
  switch (why) {
    case "unknown":
    case "revoked":
    case "expired":
      return invalidApiKey(`${key} is ${why}`);
    case "dialect":
      return new AppError("key_scope", "The API key is not for this endpoint.", {
        hint: "Use a key whose dialects have it.",
        logged: `The API key ${key} is not for this endpoint.`,
      });
    case "assistant_inactive":
      return new AppError("assistant_inactive", "The assistant of the API key is not active.", {
        logged: `The assistant of the API key ${key} is not active.`,
      });
    default:
      return why satisfies never;
  }
}
