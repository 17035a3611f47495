import { z } from "zod";
import { scriptedAnswer } from "../answers/scripted_answer.ts";
import { catalogOperations, runtimeOperations } from "../operations.ts";
import { type ExceptionName, exceptionNames } from "../wire/aws_error.ts";

/**
 * Fault rules as the control API takes them. The schemas are their documentation; times are in
 * milliseconds, frames count from 0.
 */

const milliseconds = z.int().min(0).max(3_600_000);
const count = z.int().min(0);

const exceptionMembers = {
  exception: z.enum(exceptionNames as [ExceptionName, ...ExceptionName[]]),
  /** Replaces the exception's usual message. */
  message: z.string().optional(),
  /** Further members of the exception's body, such as `originalStatusCode`. */
  members: z.record(z.string(), z.unknown()).optional(),
};

export const fault = z.discriminatedUnion("kind", [
  scriptedAnswer,
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
  /**
   * A silence in the middle of a stream: after the first piece of the first block of this type, as
   * models have it that think, or compose a tool's input, for long.
   */
  z.strictObject({
    kind: z.literal("pause"),
    inside: z.enum(["text", "thinking", "tool_use"]),
    ms: milliseconds,
  }),
  /** The JSON of an answer, its text or the input of a tool, ends too early. */
  z.strictObject({ kind: z.literal("broken-json") }),
  /** The stream is written in pieces of this many bytes, across frames. */
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
  /** A frame of message type `error` with an unknown code, likewise. */
  z.strictObject({
    kind: z.literal("error-frame"),
    atFrame: count,
    code: z.string(),
    message: z.string(),
  }),
  /** Frame `atFrame` has a checksum that does not match. */
  z.strictObject({ kind: z.literal("bad-checksum"), atFrame: count }),
  /** An event of an unknown type before frame `atFrame`. */
  z.strictObject({ kind: z.literal("unknown-frame"), atFrame: count }),
]);

export const faultRule = z.strictObject({
  /** A model or profile id as it is called; `*` matches every model. */
  model: z.string().min(1).default("*"),
  /** By default every operation that calls a model; the control plane only by name. */
  operations: z.array(z.enum([...runtimeOperations, ...catalogOperations])).min(1).optional(),
  /** How many calls the rule applies to. */
  times: z.union([z.int().min(1), z.literal("until-removed")]).default(1),
  fault,
});

export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
export type FaultRule = z.infer<typeof faultRule>;
/** A rule with its defaults left out. */
export type FaultRuleInput = z.input<typeof faultRule>;
