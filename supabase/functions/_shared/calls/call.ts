/** A call: a run without a conversation. Its words are not stored, its figures are. */
import type { Surface } from "../dialects/dialect.ts";
import type { Budget, Demand } from "../limits/budget.ts";
import type { RunRecord } from "../runs/run_record.ts";
import type { CallerScope } from "../selection/named_model.ts";

/** Who calls. Only the digest of an API key goes to Postgres, never the key. */
export type CallCaller =
  | { readonly kind: "api-key"; readonly digest: string; readonly prefix: string }
  | {
    readonly kind: "user";
    readonly userId: string;
    readonly sessionId: string | null;
    readonly isAnonymous: boolean;
  }
  | { readonly kind: "service" };

/** What a call that is to run reserves of the limits that hold for its caller. */
export interface Reservation {
  /** The call's own id. */
  readonly id: string;
  /** The model as the client names it. */
  readonly model: string;
  /** What a rollout assigns of its caller's calls, as a digest. */
  readonly unit: string;
  readonly demand: Demand;
  /** A call that runs for longer has been abandoned: what it holds may end. */
  readonly staleAfterMs: number;
}

/** A call that has begun: its caller is verified. Nothing is stored yet but what it reserves. */
export interface BegunCall {
  readonly scope: CallerScope;
  /** Whether the caller is a platform admin's token or a secret key. */
  readonly isOperator: boolean;
  readonly registryVersion: number;
  readonly registryHash: string;
  /** What its calls of models may use together; null: no hard limit of money or tokens holds. */
  readonly budget: Budget | null;
  /** What the ledger is told of the caller and the beginning; handed back as it came. */
  readonly entry: CallEntry;
}

/** The ledger's side of a call, as `begin_call()` gives it and `complete_call()` takes it. */
export interface CallEntry {
  readonly api_key_id: string | null;
  /** Keyed hash of the user, in hexadecimal; null for a key. */
  readonly user_hash: string | null;
  /** The same of the client's label, together with who the caller is. */
  readonly client_hash: string | null;
  readonly begun_at: string;
  readonly begun_xmin: string;
}

/** How a call ended, as `complete_call()` takes it. May be stored twice: the first one stays. */
export interface CallEnd extends CallEntry {
  readonly id: string;
  readonly surface: Surface;
  /** Null: the call was with no assistant. */
  readonly assistant_type: string | null;
  /** The client's count of its retries; null where it tells none. */
  readonly client_retries: number | null;
  readonly run: RunRecord;
}
