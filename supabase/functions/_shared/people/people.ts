import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type Erasure, erasureSchema } from "./erasure.ts";
import { legalHoldSchema } from "./legal_hold.ts";

const version = { registry_version: z.int() };
const holdSchema = z.object({ hold: legalHoldSchema, ...version });
const holdsSchema = z.object({ holds: z.array(legalHoldSchema), ...version });
const erasuresSchema = z.object({ erasures: z.array(erasureSchema) });
const retentionSchema = z.object({
  /** By the assistant's type. */
  former_keep_days: z.record(z.string(), z.int().nullable()),
  ...version,
});

type Hold = Readonly<z.infer<typeof holdSchema>>;

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
  async eraseUser(userId: string, author: ChangeAuthor): Promise<Erasure> {
    const call = this.#database.rpc("erase_user", {
      p_user_id: userId,
      ...authorArguments(author),
    });
    return await callDatabase(call, erasureSchema);
  }

  /**
   * The same for one conversation.
   *
   * @throws {AppError} `conversation_not_found`, `legal_hold`
   */
  async eraseConversation(conversationId: string, author: ChangeAuthor): Promise<Erasure> {
    const call = this.#database.rpc("erase_conversation", {
      p_conversation_id: conversationId,
      ...authorArguments(author),
    });
    return await callDatabase(call, erasureSchema);
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
  async setHold(userId: string, until: string | null, author: ChangeAuthor): Promise<Hold> {
    const call = this.#database.rpc("set_legal_hold", {
      p_user_id: userId,
      ...(until !== null && { p_until: until }),
      ...authorArguments(author),
    });
    return await callDatabase(call, holdSchema);
  }

  /** @throws {AppError} `user_not_found` of one who is under no hold */
  async removeHold(userId: string, author: ChangeAuthor): Promise<Hold> {
    const call = this.#database.rpc("remove_legal_hold", {
      p_user_id: userId,
      ...authorArguments(author),
    });
    return await callDatabase(call, holdSchema);
  }

  /** The oldest first. */
  async listHolds(): Promise<Readonly<z.infer<typeof holdsSchema>>> {
    return await callDatabase(this.#database.rpc("list_legal_holds"), holdsSchema);
  }

  /** Erasures under way and receipts, the newest first. */
  async listErasures(
    limit: number,
    beforeId: number | undefined,
  ): Promise<readonly Erasure[]> {
    const call = this.#database.rpc("list_erasures", {
      p_limit: limit,
      ...(beforeId !== undefined && { p_before_id: beforeId }),
    });
    return (await callDatabase(call, erasuresSchema)).erasures;
  }

  /**
   * Sets for how many days after its last turn a conversation is kept.
   *
   * @param assistantType undefined: of every assistant
   * @param keepDays null: for ever
   * @throws {AppError} `assistant_not_found`
   */
  async setRetention(
    assistantType: string | undefined,
    keepDays: number | null,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof retentionSchema>>> {
    const call = this.#database.rpc("set_retention", {
      ...(assistantType !== undefined && { p_assistant_type: assistantType }),
      ...(keepDays !== null && { p_keep_days: keepDays }),
      ...authorArguments(author),
    });
    return await callDatabase(call, retentionSchema);
  }
}
