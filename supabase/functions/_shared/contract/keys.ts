/** Actions on the API keys of the endpoints `openai` and `anthropic`, and on the models' names. */
import { z } from "zod";
import { surfaces } from "../core/surface.ts";
import { apiKeySchema } from "../keys/api_key.ts";
import { modelSchema } from "../registry/model.ts";
import { action } from "./action.ts";
import { isBlank, plainText } from "./plain_text.ts";
import { assistantType, expectedVersion, modelId, moment, reason } from "./request_fields.ts";

const keyName = plainText
  .refine((text) => !isBlank(text), "must not be empty")
  .refine((text) => [...text].length <= 100, "must not be longer than 100 characters");

/** A model's name besides its id. The database has the same rule. */
const alias = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,127}$/, "is not an alias");

/** Hours for which a key that is rotated stays valid, unless the request says otherwise. */
export const defaultGraceHours = 24;

/** A key that was just created. */
const made = {
  message: z.string(),
  /** The key itself: it is in no other answer and is not stored. */
  key: z.string(),
  api_key: apiKeySchema,
  /** Why calls with it will be refused, in words. */
  warnings: z.array(z.string()),
};

export const keyActions = {
  "list-api-keys": action({}, {
    /** The newest first, also those that are revoked or have expired. */
    api_keys: z.array(apiKeySchema),
    count: z.int(),
  }),
  "create-api-key": action({
    /** For operators; several keys may have the same. */
    name: keyName,
    /** The assistant that every call is with. Default: none is set. */
    assistant_type: assistantType.nullable().optional(),
    /** Ids or aliases of the only models that may answer, as fallbacks too. Default: all. */
    models: z.array(modelId).min(1).max(50).nullable().optional(),
    /** The endpoints that accept it. Default: all. */
    dialects: z.array(z.enum(surfaces)).min(1).nullable().optional(),
    /** Default: it does not expire. */
    expires_at: moment.nullable().optional(),
    reason,
  }, made),
  "rotate-api-key": action({
    id: z.guid(),
    /** Hours for which the former key is accepted too; 0: it expires at once. Default: 24. */
    grace_hours: z.number().nonnegative().max(8760).optional(),
    reason,
  }, {
    ...made,
    /** The key that was replaced, with the time at which it expires. */
    former_api_key: apiKeySchema,
  }),
  "revoke-api-key": action({ id: z.guid(), reason }, {
    message: z.string(),
    api_key: apiKeySchema,
  }),
  "set-aliases": action({
    model_id: modelId,
    /** All of them; those that it does not name are taken away. */
    aliases: z.array(alias).max(20),
    expected_version: expectedVersion,
    reason,
  }, {
    message: z.string(),
    model: modelSchema,
    former_aliases: z.array(z.string()),
    /** What clients, keys and assistants lose by it, in words. */
    warnings: z.array(z.string()),
  }),
};
