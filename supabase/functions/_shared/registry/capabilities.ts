import { z } from "zod";
import { cacheTtls, documentFormats, type DocumentType, imageTypes } from "../core/content.ts";

/** How much a model is to think, from none to the most it can. */
export const efforts = ["none", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = typeof efforts[number];

const count = z.int().positive();
const documentTypes = Object.keys(documentFormats) as [DocumentType, ...DocumentType[]];

/**
 * What a model accepts besides text: the column `capabilities` of its row. What is left out, it does
 * not accept. No code asks a model's id instead. The database refuses what this refuses
 * (`switchboard.capabilities_shape()`), which a test compares.
 */
export const capabilitiesSchema = z.strictObject({
  images: z.strictObject({
    /** Most in one request. */
    max_count: count,
    /** Most bytes of each. */
    max_bytes: count,
    /** Most pixels of each side; null where the source names none. */
    max_side: count.nullable(),
    types: z.array(z.enum(imageTypes)).min(1),
    /** Whether a tool's result may hold them; else they are put beside it. */
    in_tool_results: z.boolean(),
  }).optional(),
  documents: z.strictObject({
    max_count: count,
    max_bytes: count,
    types: z.array(z.enum(documentTypes)).min(1),
  }).optional(),
  tools: z.strictObject({
    /** Ways to choose that the model takes besides leaving it the choice. */
    choices: z.array(z.enum(["any", "tool", "none"])),
    /** Whether it can be kept from calling more than one tool at once. */
    single: z.boolean(),
    /** Characters of a tool's name: `underscore` where hyphens keep the model from calling it. */
    names: z.enum(["hyphen", "underscore"]),
    /** Ids of calls: up to 64 letters, digits, `_` and `-`, or exactly nine letters and digits. */
    ids: z.enum(["any", "nine"]),
    /** Whether `strict` may be set on a tool. */
    strict: z.boolean(),
  }).optional(),
  /** Whether an answer can be held to a JSON schema by the model itself. */
  output_schema: z.boolean(),
  thinking: z.strictObject({
    /**
     * How it is asked for: a `budget` of tokens, `adaptive` with an effort, `levels` of Nova's, or
     * `field`, the `reasoning_effort` of models behind Converse.
     */
    mode: z.enum(["budget", "adaptive", "levels", "field"]),
    /** What it takes, in rising order. */
    efforts: z.array(z.enum(efforts).exclude(["none"])).min(1),
    /** Whether it thinks when nothing is asked. */
    by_default: z.boolean(),
    /**
     * How it is kept from thinking: `disabled` says so, `between_tools` allows it between calls of
     * tools only, `omitted` sends nothing. With `omitted`, one that thinks by default cannot be
     * stopped, and is asked for its lowest effort.
     */
    off: z.enum(["disabled", "between_tools", "omitted"]),
    /** Whether a tool can be forced while it thinks. */
    forced_tools: z.boolean(),
  }).optional(),
  caching: z.strictObject({
    /** Fewest tokens up to a point. */
    min_tokens: count,
    /** Most points in one request. */
    max_points: count,
    ttls: z.array(z.enum(cacheTtls)).min(1),
    places: z.array(z.enum(["tools", "system", "messages"])).min(1),
    /** Whether points are set without being asked for. */
    automatic: z.boolean(),
  }).optional(),
  /** Values of `anthropic_beta` that it accepts. */
  betas: z.array(z.string().regex(/^[!-~]{1,100}$/)).max(50),
  /** Whether the conversation may end with the beginning of the answer. */
  prefill: z.boolean(),
  /** Whether it takes stop sequences; one that refuses them is sent none. */
  stop_sequences: z.boolean(),
  /** Whether Bedrock's CountTokens works with it. */
  count_tokens: z.boolean(),
  /** Where all of this is from; the columns `source_url` and `checked_on` are of the prices. */
  source: z.strictObject({
    url: z.string().regex(/^https:\/\/[!-~]{1,2000}$/),
    /** ISO date on which it was read. */
    checked_on: z.string().regex(/^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/),
    /** Members that the source does not tell, such as `caching.min_tokens`. */
    assumed: z.array(z.string().regex(/^[!-~]{1,100}$/)).max(50),
  }).optional(),
});

export type Capabilities = Readonly<z.infer<typeof capabilitiesSchema>>;

/** A model that takes text and nothing else, which is what a row says that says nothing. */
export const textOnly: Capabilities = {
  output_schema: false,
  betas: [],
  prefill: false,
  stop_sequences: false,
  count_tokens: false,
};
