import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type Erasure, type ErasureJob, erasureJobSchema, erasureSchema } from "./erasure.ts";
import { type LegalHold, legalHoldSchema } from "./legal_hold.ts";

const retentionSchema = z.array(
  z.object({ assistant_type: z.string(), keep_days: z.int().nullable() }),
);

export type Retention = Readonly<z.infer<typeof retentionSchema>[number]>;

/** What is stored of people: erasing it, and what keeps it. */
export class People {
  readonly #database: DatabaseClient;

  /** @param database A client that waits as long as for a report: a batch takes its time. */
  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * The id of the user of a confirmed address.
   *
   * @throws {AppError} `user_not_found`, `email_not_confirmed`
   */
  async find(email: string): Promise<string> {
    return await callDatabase(this.#database.rpc("find_user_id", { p_email: email }), z.guid());
  }

  /**
   * Begins to erase what is stored of a user, or goes on with it, by one batch.
   *
   * @throws {AppError} `user_not_found`, `legal_hold`
   */
  async eraseUser(userId: string, author: ChangeAuthor): Promise<ErasureJob> {
    const call = this.#database.rpc("erase_user", {
      p_user_id: userId,
      ...authorArguments(author),
    });
    return await callDatabase(call, erasureJobSchema);
  }

  /**
   * The same for one conversation.
   *
   * @throws {AppError} `conversation_not_found`, `legal_hold`
   */
  async eraseConversation(conversationId: string, author: ChangeAuthor): Promise<ErasureJob> {
    const call = this.#database.rpc("erase_conversation", {
      p_conversation_id: conversationId,
      ...authorArguments(author),
    });
    return await callDatabase(call, erasureJobSchema);
  }

  /** Records that a user's data is about to be exported. @throws {AppError} `user_not_found` */
  async recordExport(userId: string, author: ChangeAuthor): Promise<void> {
    const call = this.#database.rpc("record_export", {
      p_user_id: userId,
      ...authorArguments(author),
    });
    await callDatabase(call, z.unknown());
  }

  /**
   * Keeps a user's words from being erased.
   *
   * @param until the last day of it; null: until it is removed
   * @throws {AppError} `user_not_found`
   */
  async setHold(userId: string, until: string | null, author: ChangeAuthor): Promise<LegalHold> {
    const call = this.#database.rpc("set_legal_hold", {
      p_user_id: userId,
      ...(until !== null && { p_until: until }),
      ...authorArguments(author),
    });
    return await callDatabase(call, legalHoldSchema);
  }

  /** @throws {AppError} `user_not_found` of one who is under no hold */
  async removeHold(userId: string, author: ChangeAuthor): Promise<LegalHold> {
    const call = this.#database.rpc("remove_legal_hold", {
      p_user_id: userId,
      ...authorArguments(author),
    });
    return await callDatabase(call, legalHoldSchema);
  }

  /** The newest first, also those that are over. */
  async listHolds(): Promise<readonly LegalHold[]> {
    return await callDatabase(this.#database.rpc("list_legal_holds"), z.array(legalHoldSchema));
  }

  /** Erasures under way and receipts, the newest first. */
  async listErasures(limit: number, beforeId: number | undefined): Promise<readonly Erasure[]> {
    const call = this.#database.rpc("list_erasures", {
      p_limit: limit,
      ...(beforeId !== undefined && { p_before_id: beforeId }),
    });
    return await callDatabase(call, z.array(erasureSchema));
  }

  /**
   * Sets for how many days after its last message a conversation is kept.
   *
   * @param assistantType undefined: of every assistant
   * @param keepDays null: for ever
   * @throws {AppError} `assistant_not_found`
   */
  async setRetention(
    assistantType: string | undefined,
    keepDays: number | null,
    author: ChangeAuthor,
  ): Promise<readonly Retention[]> {
    const call = this.#database.rpc("set_retention", {
      ...(assistantType !== undefined && { p_assistant_type: assistantType }),
      ...(keepDays !== null && { p_keep_days: keepDays }),
      ...authorArguments(author),
    });
    return await callDatabase(call, retentionSchema);
  }
}
