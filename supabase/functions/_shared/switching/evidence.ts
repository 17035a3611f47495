import { z } from "zod";
import { provenanceSchema } from "../runs/provenance.ts";
import { storedFigures } from "../runs/run_record.ts";
import { explanationSchema } from "./explain.ts";

/** Names the published schema, docs/evidence.schema.json; another version has another name. */
export const evidenceSchemaId = "urn:bedrock-switchboard:evidence:1";

const time = z.iso.datetime({ offset: true });

export const linkSchema = z.object({
  table: z.string().describe("A table of the schema public."),
  id: z.string().describe(
    "The row's primary key. Of model_switch_signatures that is the signed entry's id.",
  ),
}).meta({ id: "link", description: "A row that exists." });

const proposalEvidenceSchema = z.object({
  link: linkSchema,
  status: z.string(),
  created_at: time,
  reason: z.string().nullable(),
  proposed_by: z.string().nullable().describe("A user's id."),
  proposed_by_email: z.string().nullable(),
  proposed_by_key: z.string().nullable().describe("The name of a secret key."),
  decided_by: z.string().nullable().describe("The second person's user id."),
  decided_by_email: z.string().nullable(),
  decided_by_key: z.string().nullable(),
  decided_at: time.nullable(),
  applied_at: time.nullable(),
}).describe("A proposed change, and who decided on it.");

const probeEvidenceSchema = z.object({
  link: linkSchema,
  created_at: time,
  passed: z.boolean(),
  error_code: z.string().nullable(),
}).describe("A real call of the model before a switch to it.");

export const switchEvidenceSchema = z.object({
  link: linkSchema,
  created_at: time,
  action: z.string(),
  model_id: z.string().nullable(),
  assistant_type: z.string().nullable(),
  registry_version: z.int(),
  hash: z.string().describe("SHA-256 over the entry and the hash of the one before."),
  actor: z.object({
    user_id: z.string().nullable(),
    email: z.string().nullable().describe("The user's address as it is now."),
    key_name: z.string().nullable().describe("The name of the secret key."),
    database_role: z.string(),
    session_role: z.string().describe(
      "The session's login; of a request over the API the API server's own.",
    ),
    application_name: z.string().nullable().describe(
      "What the session calls itself, which proves nothing; null: nothing.",
    ),
    proven: z.boolean().describe(
      "False: the user or key is what database_role said; true: Postgres knows it itself.",
    ),
  }),
  source: z.string(),
  reason: z.string().nullable().describe("In the words of who made the change."),
  rollback_of: linkSchema.nullable().describe("The entry that it went back before."),
  probe_result: z.enum(["passed", "skipped"]).nullable(),
  probe: probeEvidenceSchema.nullable(),
  approval: z.enum(["approved", "going-back", "unapproved"]).nullable(),
  proposal: proposalEvidenceSchema.nullable(),
  signature: z.object({
    link: linkSchema,
    signed_by: z.string(),
    email: z.string().nullable(),
    signed_at: time,
    reason: z.string().nullable(),
  }).nullable().describe("Of a second person, after the change."),
}).meta({ id: "switch", description: "An entry of the audit log." });

const rolloutEvidenceSchema = z.object({
  link: linkSchema,
  side: z.enum(["canary", "former"]).nullable().describe(
    "The side that the answer was on; null: the model came by the rollout, which had ended.",
  ),
  share: z.int().nullable().describe("Percent that went to the canary when it was assigned."),
  assistant_type: z.string().nullable().describe("Null: it was about the default."),
  model_id: z.string(),
  former_model_id: z.string(),
  is_watched: z.boolean().describe("A switch that was watched, and no rollout in shares."),
  started_at: time,
  ended_at: time.nullable(),
  outcome: z.string().nullable(),
  verdicts: z.array(z.object({
    link: linkSchema,
    created_at: time,
    verdict: z.enum(["worse", "not_worse"]),
    guard: z.string(),
  })),
}).describe("A rollout or a watched switch, with what was found of it.");

const evaluationEvidenceSchema = z.object({
  link: linkSchema,
  ran_at: time,
  created_at: time,
  passed: z.int(),
  failed: z.int(),
  errors: z.int(),
  score: z.number(),
  result_hash: z.string().describe("SHA-256 of promptfoo's result file."),
  promptfoo_version: z.string(),
  is_passing: z.boolean(),
}).describe("The model's newest evaluation with the prompt and settings of the answer.");

const usd = z.number().nullable();

/** Prices as the database has them; their source is told by the registry of that time. */
export const priceEvidenceSchema = z.object({
  link: linkSchema,
  valid_from: time,
  valid_to: time.nullable(),
  scheduled: z.boolean(),
  input_cost_per_mtok: usd,
  output_cost_per_mtok: usd,
  cache_read_cost_per_mtok: usd,
  cache_write_cost_per_mtok: usd,
  cache_write_1h_cost_per_mtok: usd,
  long_prompt_tokens: z.int().nullable(),
  long_prompt_factor: z.number().nullable(),
});

export const callEvidenceSchema = z.object({
  link: linkSchema,
  model_id: z.string().nullable(),
  status: z.enum(["complete", "partial", "failed", "unanswered"]),
  error_code: z.string().nullable(),
  bedrock_request_id: z.string().nullable().describe("AWS's id of the call."),
  cost_usd: usd,
  price: priceEvidenceSchema.nullable(),
});

const sourcedPriceSchema = priceEvidenceSchema.extend({
  source_url: z.string().nullable().describe("Where the model's row says that its facts are from."),
  checked_on: z.string().nullable().describe("When they were last compared with that."),
}).describe("The prices, in USD per million tokens, that the cost was computed from.");

const wordsSchema = z.object({
  content: z.string(),
  blocks: z.unknown().describe("All blocks; null where there is no more than the text."),
});

/** What the database tells of an answer besides the facts of its run, link by link. */
export const evidenceParts = {
  asked: z.object({
    surface: z.enum(["chat", "openai", "anthropic"]),
    user_hash: z.string().nullable().describe("Keyed hash of the user; null: an API key or none."),
    client_hash: z.string().nullable().describe("Keyed hash of the client's label of its user."),
    api_key: z.object({
      link: linkSchema,
      name: z.string(),
      prefix: z.string(),
    }).nullable(),
  }).describe("Who asked. Null in all of it: an attempt without an entry in the ledger."),
  records: z.object({
    ledger: linkSchema.nullable(),
    conversation: linkSchema.nullable(),
    question: linkSchema.nullable(),
    answer: linkSchema.nullable(),
  }).describe("Where it is on record; null where it never was, or is no more."),
  limits: z.array(z.object({
    id: z.int(),
    link: linkSchema.nullable().describe("Null: the limit was removed since."),
    scope: z.string().nullable(),
    unit: z.string().nullable(),
    amount: z.number().nullable(),
    period: z.string().nullable(),
    enforcement: z.string().nullable(),
  })),
  choice: z.object({
    pinned_by: linkSchema.nullable().describe(
      "The answer by which a pinned conversation came to its model.",
    ),
    switches: z.object({
      model: switchEvidenceSchema.nullable().describe(
        "That gave the model the place it answered from: default, assistant or canary.",
      ),
      availability: switchEvidenceSchema.nullable().describe("That made the model available."),
      prompt: switchEvidenceSchema.nullable().describe(
        "That gave the assistant the prompt and settings of the answer.",
      ),
    }),
    probe: probeEvidenceSchema.nullable().describe("Of the switch, else the newest before it."),
    evaluation: evaluationEvidenceSchema.nullable(),
    rollout: rolloutEvidenceSchema.nullable(),
  }),
  chain: z.object({
    head: linkSchema.nullable(),
    hash: z.string().describe("The hash of the newest entry."),
    entries: z.int(),
    ok: z.boolean().describe("Whether the log is as it was written."),
    problem: z.string().nullable(),
  }).describe("The audit log when the document was made."),
  words: z.object({
    available: z.boolean(),
    why: z.enum(["not-asked", "not-stored", "deleted"]).nullable().describe(
      "Why there are none: they were not asked for; a call's are not stored; the conversation was " +
        "deleted or erased.",
    ),
    question: wordsSchema.nullable(),
    answer: wordsSchema.nullable().describe("Null: no answer came."),
  }),
};

export const ledgerFiguresSchema = z.object({ ...storedFigures, cost_usd: usd });

/** What an auditor gets of an answer. */
export const evidenceSchema = z.object({
  schema_version: z.literal(1),
  made_at: time.describe("When the document was made."),
  asked: evidenceParts.asked,
  ended_at: time.nullable().describe("When the answer was there, or the failure."),
  explanation: explanationSchema,
  provenance: provenanceSchema.nullable().describe("Null: no answer came."),
  records: evidenceParts.records,
  figures: ledgerFiguresSchema.nullable().describe(
    "The record of the run; null: the attempt has no entry in the ledger.",
  ),
  calls: z.array(callEvidenceSchema.extend({ price: sourcedPriceSchema.nullable() })).describe(
    "The rows of the ledger: calls that gave no answer, then the one that ended it.",
  ),
  ...evidenceParts.choice.shape,
  limits: z.object({
    was_cut: z.boolean().describe("Whether a limit left less for the answer than was asked for."),
    answer_tokens_left: z.int().nullable(),
    granted_usd: usd,
    counted: evidenceParts.limits,
  }),
  guardrail: z.object({
    id: z.string(),
    version: z.string(),
    intervened: z.boolean(),
  }).nullable().describe("Of the assistant, by the registry of that time."),
  regions: z.object({
    function_region: z.string().nullable(),
    model_region: z.string().nullable(),
    model_geographies: z.array(z.string()).nullable(),
    allowed_geographies: z.array(z.string()).nullable().describe(
      "By the registry of that time; null: it is not known.",
    ),
  }),
  audit_log: evidenceParts.chain,
  words: evidenceParts.words,
});

export type Evidence = Readonly<z.infer<typeof evidenceSchema>>;
