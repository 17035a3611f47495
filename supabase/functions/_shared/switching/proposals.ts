import type { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { RpcClient } from "../database/rpc_client.ts";
import type { Json } from "../database.types.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type Proposal, proposalListSchema, proposedSchema, signedSchema } from "./proposal.ts";

/** What is proposed, and when it is to hold. */
export interface Proposed {
  /** The request of the action that makes the change. */
  readonly change: Readonly<Record<string, unknown>>;
  /** ISO, with offset; undefined: when it is approved. */
  readonly effectiveAt: string | undefined;
  /** ISO, with offset; undefined: 7 days from now. */
  readonly expiresAt: string | undefined;
  /** The probe that the model passed; null where it was not called. */
  readonly probeId: number | null;
}

/** A proposal after a write, with the version of the registry. */
export type ProposalChange = Readonly<z.infer<typeof proposedSchema>>;

/** Changes that a second person decides on, and signatures under those that were not approved. */
export class Proposals {
  readonly #database: DatabaseClient;

  readonly #asUser: (accessToken: string) => RpcClient;

  /**
   * @param asUser Calls the database with a user's own token, which the API server verifies: who
   * approves is known to Postgres, not said by a secret key.
   */
  constructor(database: DatabaseClient, asUser: (accessToken: string) => RpcClient) {
    this.#database = database;
    this.#asUser = asUser;
  }

  /**
   * Proposes a change, which is tried and taken back first.
   *
   * @throws {AppError} `invalid_request`, and what the change itself throws
   */
  async propose(
    { change, effectiveAt, expiresAt, probeId }: Proposed,
    author: ChangeAuthor,
  ): Promise<ProposalChange> {
    const call = this.#database.rpc("propose_change", {
      // What was read from JSON can be written as such.
      p_change: change as Json,
      ...(effectiveAt !== undefined && { p_effective_at: effectiveAt }),
      ...(expiresAt !== undefined && { p_expires_at: expiresAt }),
      ...(probeId !== null && { p_probe_id: probeId }),
      ...authorArguments(author),
    });
    return await callDatabase(call, proposedSchema);
  }

  /** Those that wait first, then the newest; and the entries that are to be signed. */
  async list(
    status: Proposal["status"] | undefined,
    most: number,
  ): Promise<Readonly<z.infer<typeof proposalListSchema>>> {
    const call = this.#database.rpc("list_change_proposals", {
      ...(status !== undefined && { p_status: status }),
      p_limit: most,
    });
    return await callDatabase(call, proposalListSchema);
  }

  /**
   * Approves a proposal as the user of a token. May be repeated.
   *
   * @returns the proposal, applied, waiting for its time, or returned with its problem
   * @throws {AppError} `proposal_not_found`, `proposal_not_open`, `second_person_required`,
   * `forbidden`, `invalid_credentials`, `insufficient_aal`, and what the change itself throws
   */
  async approve(
    id: number,
    accessToken: string,
    source: ChangeAuthor["source"],
  ): Promise<ProposalChange> {
    const call = this.#asUser(accessToken).rpc("approve_change", { p_id: id, p_source: source });
    return await callDatabase(call, proposedSchema);
  }

  /** @throws {AppError} `proposal_not_found`, `proposal_not_open` */
  async reject(id: number, author: ChangeAuthor): Promise<ProposalChange> {
    const { p_source: _, ...actor } = authorArguments(author);
    const call = this.#database.rpc("reject_change", { p_id: id, ...actor });
    return await callDatabase(call, proposedSchema);
  }

  /**
   * Signs an entry of the audit log, and those of the same switch, as the user of a token.
   *
   * @throws {AppError} `switch_not_found`, `nothing_to_sign`, `second_person_required`, `forbidden`,
   * `invalid_credentials`, `insufficient_aal`
   */
  async sign(
    id: number,
    accessToken: string,
    reason: string | null,
  ): Promise<Readonly<z.infer<typeof signedSchema>>> {
    const call = this.#asUser(accessToken).rpc("sign_switch", {
      p_id: id,
      ...(reason !== null && { p_reason: reason }),
    });
    return await callDatabase(call, signedSchema);
  }
}
