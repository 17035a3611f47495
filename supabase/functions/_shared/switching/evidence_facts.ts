import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { callEvidenceSchema, evidenceParts, ledgerFiguresSchema } from "./evidence.ts";
import { namedTurn, turnFactsSchema, type TurnName } from "./turn_facts.ts";

/** What `read_evidence()` returns. */
export const evidenceFactsSchema = z.object({
  ...evidenceParts,
  facts: turnFactsSchema,
  figures: ledgerFiguresSchema.nullable(),
  /** Null of a call. */
  disclosure: z.boolean().nullable(),
  calls: z.array(callEvidenceSchema),
});

export type EvidenceFacts = Readonly<z.infer<typeof evidenceFactsSchema>>;

/** Whether the words are asked for, and by whom; a null user: by the holder of a secret key. */
export interface WordsWanted {
  readonly includeWords: boolean;
  readonly readerUserId: string | null;
}

/** @throws {AppError} `turn_not_found`, `turn_in_progress`, `forbidden` */
export async function readEvidenceFacts(
  database: DatabaseClient,
  name: TurnName,
  { includeWords, readerUserId }: WordsWanted,
): Promise<EvidenceFacts> {
  const call = database.rpc("read_evidence", {
    ...namedTurn(name),
    p_include_words: includeWords,
    ...(readerUserId !== null && { p_reader_user_id: readerUserId }),
  });
  return await callDatabase(call, evidenceFactsSchema);
}
