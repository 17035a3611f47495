/** Actions on what is stored of people: exporting, erasing and keeping it. */
import { z } from "zod";
import { erasureSchema } from "../people/erasure.ts";
import { attachmentSchema } from "../people/export_line.ts";
import { legalHoldSchema } from "../people/legal_hold.ts";
import { action } from "./action.ts";
import { shownContentSchema } from "./content.ts";
import { assistantType, email, reason } from "./request_fields.ts";

/** A user: the id, or the address if it is confirmed. */
const userId = z.union([z.guid(), email], {
  error: "is neither a user's id nor an e-mail address",
});

const job = { message: z.string(), ...erasureSchema.shape };

export const peopleActions = {
  "erase-user": action({ user_id: userId, reason }, job),
  "erase-conversation": action({ conversation_id: z.guid(), reason }, job),
  "set-retention": action({
    /** Default: every assistant. */
    assistant_type: assistantType.optional(),
    /**
     * Days after its last turn for which a conversation is kept; then the tick erases it. Null: it is
     * kept until somebody erases it.
     */
    keep_days: z.int().min(1).max(36_500).nullable(),
    reason,
  }, {
    message: z.string(),
    /** What it was before, by the assistant's type. */
    former_keep_days: z.record(z.string(), z.int().nullable()),
  }),
  "set-legal-hold": action({
    user_id: userId,
    /** Why the user's words are kept, without words of the user: it is shown and logged. */
    reason: reason.unwrap(),
    /** The last day on which it is in force, in UTC. Default: until it is removed. */
    until: z.iso.date().refine((day) => day.startsWith("2"), "must be a day from the year 2000 on")
      .nullable().optional(),
  }, { message: z.string(), hold: legalHoldSchema }),
  "remove-legal-hold": action({ user_id: userId, reason }, {
    message: z.string(),
    /** As it was. */
    hold: legalHoldSchema,
  }),
  "list-legal-holds": action({}, {
    /** The oldest first. */
    holds: z.array(legalHoldSchema),
    count: z.int(),
  }),
  "list-erasures": action({
    /** Maximum number of erasures. Default: 50. */
    limit: z.int().min(1).max(200).optional(),
    /** Only erasures before this one. */
    before_id: z.int().positive().optional(),
  }, {
    /** Those under way and receipts, the newest first. */
    erasures: z.array(erasureSchema),
    count: z.int(),
  }),
};

/** The request of `export-user`, whose answer is lines of JSON. */
export const exportUserRequestSchema = z.strictObject({ user_id: userId, reason });

const message = z.object({
  type: z.literal("message"),
  id: z.string(),
  conversation_id: z.string(),
  /** Odd for a question; the answer to it has the next number. */
  seq: z.int().positive(),
  role: z.enum(["user", "assistant"]),
  /** The text. */
  content: z.string(),
  /** All that there is to show, in order; null where that is the text alone. */
  blocks: shownContentSchema.nullable(),
  status: z.enum(["pending", "complete", "partial", "failed"]),
  model_used: z.string().nullable(),
  stop_reason: z.string().nullable(),
  error_code: z.string().nullable(),
  request_id: z.string().nullable(),
  created_at: z.string(),
  /**
   * Its images and documents. The bytes of those that lie in `switchboard-content` are in lines of
   * their own; others lie where the app has put them.
   */
  attachments: z.array(attachmentSchema),
});

/** The lines of an export, by their `type`. Apps must ignore types that they do not know. */
export const exportLineSchemas = {
  /** The first. */
  user: z.object({
    type: z.literal("user"),
    id: z.string(),
    exported_at: z.string(),
  }),
  /** Before its messages. */
  conversation: z.object({
    type: z.literal("conversation"),
    id: z.string(),
    assistant_type: z.string(),
    title: z.string().nullable(),
    use_case: z.string().nullable(),
    /** The model that keeps the conversation; null until the first answer. */
    model_id: z.string().nullable(),
    answered_turns: z.int().nonnegative(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
  message,
  /** Behind the first message that has it. */
  attachment: z.object({
    type: z.literal("attachment"),
    kind: attachmentSchema.shape.type,
    ...attachmentSchema.omit({ type: true, bucket: true }).shape,
    /** Whether Storage no longer has it. */
    missing: z.boolean(),
    /** The bytes in base64; null where it is missing. */
    data: z.string().nullable(),
  }),
  /** The last of an export that is whole. */
  end: z.object({
    type: z.literal("end"),
    /** How many lines came before it. */
    lines: z.int().nonnegative(),
  }),
  /** The last of one that failed on the way. */
  error: z.object({
    type: z.literal("error"),
    code: z.string(),
    request_id: z.string(),
  }),
};

/** A line of an export. */
export const exportLineSchema = z.discriminatedUnion("type", [
  exportLineSchemas.user,
  exportLineSchemas.conversation,
  exportLineSchemas.message,
  exportLineSchemas.attachment,
  exportLineSchemas.end,
  exportLineSchemas.error,
]);
