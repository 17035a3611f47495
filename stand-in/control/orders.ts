import { z } from "zod";
import { directoryOperations } from "../directory/directory_routes.ts";
import { operations } from "../routes.ts";
import { type ExceptionName, exceptionNames } from "../wire/aws_error.ts";

/**
 * What can be ordered of the stand-in. The schemas are the documentation of the control API;
 * times are in milliseconds, frames count from 0.
 */

const milliseconds = z.int().min(0).max(3_600_000);
const exception = z.enum(exceptionNames as [ExceptionName, ...ExceptionName[]]);
const json = z.record(z.string(), z.unknown());

const exceptionMembers = {
  exception,
  /** Instead of the usual text. */
  message: z.string().optional(),
  /** Further members of the exception's body, such as `originalStatusCode`. */
  members: json.optional(),
};

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("thinking"),
    text: z.string(),
    signature: z.string().default("c3RhbmQtaW4="),
  }),
  z.strictObject({ type: z.literal("redacted_thinking"), data: z.base64() }),
  z.strictObject({
    type: z.literal("tool_use"),
    id: z.string().default("tooluse_stand_in"),
    name: z.string(),
    input: json.default({}),
  }),
  /** Sent as it is, in whichever format is asked. */
  z.strictObject({ type: z.literal("native"), value: json }),
]);

const count = z.int().min(0);

/** An exact answer; the blocks are written in the words of the format that is asked. */
export const answerOrder = z.strictObject({
  kind: z.literal("answer"),
  /** May be empty. */
  content: z.array(block),
  /** Sent as it is; by default `end_turn`, or `tool_use` when the last block is one. */
  stopReason: z.string().optional(),
  stopSequence: z.string().nullable().default(null),
  /** Counts that are left out are computed; null sends no usage. */
  usage: z.strictObject({
    inputTokens: count.optional(),
    outputTokens: count.optional(),
    cacheReadTokens: count.optional(),
    cacheWriteTokens: count.optional(),
  }).nullable().default({}),
});

export const fault = z.discriminatedUnion("kind", [
  answerOrder,
  /** An AWS exception instead of an answer. */
  z.strictObject({
    kind: z.literal("error"),
    ...exceptionMembers,
    status: z.int().min(400).max(599).optional(),
    retryAfterSeconds: z.number().min(0).optional(),
  }),
  /** Any HTTP answer, such as a proxy's 502 page. */
  z.strictObject({
    kind: z.literal("raw"),
    status: z.int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default(""),
  }),
  /** No answer at all, until the caller hangs up or the stand-in closes. */
  z.strictObject({ kind: z.literal("hang") }),
  /** A wait before the first byte. */
  z.strictObject({ kind: z.literal("latency"), ms: milliseconds }),
  /** A wait before each frame of a stream but the first. */
  z.strictObject({ kind: z.literal("frame-latency"), ms: milliseconds }),
  /** The stream is written in pieces of so many bytes, whatever the frames. */
  z.strictObject({ kind: z.literal("fragment"), bytes: z.int().min(1) }),
  /**
   * The answer ends early: after so many frames or bytes, with a clean end or a broken connection.
   * A clean end between frames is no error to an SDK.
   */
  z.strictObject({
    kind: z.literal("cut"),
    afterFrames: count.optional(),
    afterBytes: count.optional(),
    how: z.enum(["end", "reset"]).default("end"),
  }).refine((cut) => (cut.afterFrames === undefined) !== (cut.afterBytes === undefined), {
    error: "Give either afterFrames or afterBytes.",
  }),
  /** An exception frame in place of frame `atFrame`, after which the stream ends. */
  z.strictObject({ kind: z.literal("exception-frame"), ...exceptionMembers, atFrame: count }),
  /** A frame of message type `error`, with a code that no client knows, likewise. */
  z.strictObject({
    kind: z.literal("error-frame"),
    atFrame: count,
    code: z.string(),
    message: z.string(),
  }),
  /** Frame `atFrame` has a checksum that does not match. */
  z.strictObject({ kind: z.literal("bad-checksum"), atFrame: count }),
  /** An event of a type that no client knows, before frame `atFrame`. */
  z.strictObject({ kind: z.literal("unknown-frame"), atFrame: count }),
]);

export const order = z.strictObject({
  /** A model or profile id as it is called, or `*` for every one. */
  model: z.string().min(1).default("*"),
  /** By default every operation that calls a model; the control plane only by name. */
  operations: z.array(z.enum([...operations, ...directoryOperations])).min(1).optional(),
  /** How many calls it meets. */
  times: z.union([z.int().min(1), z.literal("until-removed")]).default(1),
  fault,
});

const region = z.string().regex(/^([a-z]{2,4}(-[a-z]+)+-\d{1,2}|\*)$/, "is not an AWS region");

/** Each member is described at {@linkcode ModelChange}. */
export const modelChange = z.strictObject({
  lifecycle: z.enum(["active", "legacy", "retired"]).optional(),
  access: z.enum(["granted", "denied"]).optional(),
  listed: z.boolean().optional(),
  endsOn: z.iso.date().nullable().optional(),
  destinationRegions: z.array(region).min(1).optional(),
  deniedRegions: z.array(z.strictObject({
    region,
    when: z.enum(["when-routed-there", "always"]).default("when-routed-there"),
  })).optional(),
  like: z.string().optional(),
  name: z.string().min(1).optional(),
  profiles: z.array(z.string().regex(/^[a-z-]+$/, "is not a prefix")).optional(),
  onDemand: z.boolean().optional(),
}).refine((change) => Object.values(change).some((value) => value !== undefined), {
  error: "Give at least one change, such as lifecycle or access.",
});

export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
export type AnswerOrder = z.infer<typeof answerOrder>;
export type Order = z.infer<typeof order>;
/** What a client may leave out. */
export type OrderInput = z.input<typeof order>;
export type AnswerInput = Omit<z.input<typeof answerOrder>, "kind">;
