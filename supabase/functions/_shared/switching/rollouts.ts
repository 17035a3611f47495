import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { changedSchema, groundsArguments, type SwitchGrounds } from "./model_switcher.ts";
import { type Rollout, rolloutSchema, verdictVerificationSchema } from "./rollout.ts";

/** A rollout that is to be started; what is undefined gets its default. */
export interface IntendedRollout {
  readonly modelId: string;
  /** Null: of the default. */
  readonly assistantType: string | null;
  /** Percent, 1 to 100. */
  readonly share: number;
  readonly guards: {
    readonly [Guard in "error_points" | "latency_ratio" | "cost_ratio"]?: number | undefined;
  };
  readonly onVerdict: Rollout["on_verdict"] | undefined;
}

const writtenSchema = changedSchema.extend({ rollout: rolloutSchema });
type Written = Promise<Readonly<z.infer<typeof writtenSchema>>>;

/** The rollouts: a share of what one model answers, given to another. Each write is atomic. */
export class Rollouts {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** Those under way first, then the newest first; with an id that one alone, if there is one. */
  async list(id: number | null, most: number): Promise<readonly Rollout[]> {
    const call = this.#database.rpc("list_rollouts", {
      p_limit: most,
      ...(id !== null && { p_id: id }),
    });
    return await callDatabase(call, z.array(rolloutSchema));
  }

  /** @throws {AppError} `rollout_not_found` without a verdict of that id */
  async verifyVerdict(id: number): Promise<z.infer<typeof verdictVerificationSchema>> {
    const call = this.#database.rpc("verify_verdict", { p_id: id });
    return await callDatabase(call, verdictVerificationSchema);
  }

  /**
   * Gives a model a share of what the default answers, or the model of an assistant.
   *
   * @throws {AppError} `model_not_found`, `assistant_not_found`, `rollout_active`,
   * `model_is_default`, `model_not_available`, `model_retired`, `model_outside_geographies`,
   * `registry_changed`, `probe_not_valid`
   */
  async start(
    { modelId, assistantType, share, guards, onVerdict }: IntendedRollout,
    author: ChangeAuthor,
    grounds: SwitchGrounds,
  ): Written {
    const call = this.#database.rpc("start_rollout", {
      p_model_id: modelId,
      p_share: share,
      p_guards: { ...guards },
      ...(assistantType !== null && { p_assistant_type: assistantType }),
      ...(onVerdict !== undefined && { p_on_verdict: onVerdict }),
      ...authorArguments(author),
      ...groundsArguments(grounds),
    });
    return await callDatabase(call, writtenSchema);
  }

  /** @throws {AppError} `rollout_not_found`, `rollout_ended`; `invalid_request` of a watched switch */
  async setShare(id: number, share: number, author: ChangeAuthor): Written {
    const call = this.#database.rpc("set_rollout_share", {
      p_id: id,
      p_share: share,
      ...authorArguments(author),
    });
    return await callDatabase(call, writtenSchema);
  }

  /**
   * Promotes the model, or gives all back to the former one.
   *
   * @throws {AppError} `rollout_not_found`, `rollout_ended`; of the model that is to answer,
   * `model_not_available`, `model_retired` and `model_outside_geographies`
   */
  async end(id: number, outcome: "promote" | "revert", author: ChangeAuthor): Written {
    const call = this.#database.rpc("end_rollout", {
      p_id: id,
      p_outcome: outcome,
      ...authorArguments(author),
    });
    return await callDatabase(call, writtenSchema);
  }
}
