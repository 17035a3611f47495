/** A dialect with a few words, for tests of calls. */
import { z } from "zod";
import { answerSchema } from "../../../../../supabase/functions/_shared/dialects/answer_schema.ts";
import type { ServerSentEvent } from "../../../../../supabase/functions/_shared/core/server_sent_event.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type {
  AskedCall,
  Dialect,
} from "../../../../../supabase/functions/_shared/dialects/dialect.ts";
import type { RunEvent } from "../../../../../supabase/functions/_shared/runs/run_event.ts";

/** A text that this dialect fails to write. */
export const unwritable = "\0";

const requestSchema = z.object({
  model: z.string(),
  text: z.string(),
  stream: z.boolean().default(false),
  user: z.string().nullable().default(null),
  ignored: z.array(z.string()).default([]),
  schema: z.record(z.string(), z.unknown()).optional(),
});

export const plainDialect: Dialect<AskedCall> = {
  surface: "openai",
  readCall(body) {
    const read = requestSchema.safeParse(body);
    if (!read.success) throw new AppError("invalid_request", undefined, { param: "text" });
    const { model, text, stream, user, ignored, schema } = read.data;
    return {
      model,
      question: {
        history: [],
        question: { role: "user", blocks: [{ type: "text", text }], modelId: null },
        ...(schema !== undefined && {
          outputSchema: {
            name: "answer",
            description: null,
            schema: answerSchema(schema, "schema"),
          },
        }),
      },
      streamed: stream,
      clientLabel: user,
      ignored,
    };
  },
  wholeAnswer: (_, { answer, model }, { callId }) => ({
    id: callId,
    model: model.model_id,
    text: textOf(answer.blocks),
  }),
  openStream: ({ model }) => {
    let isBegun = false;
    return {
      write(events) {
        const written = events.flatMap((event) => eventsOf(event, isBegun));
        isBegun ||= events.length > 0;
        return written;
      },
      ping() {
        const beginning = isBegun ? [] : [sent("begin", model)];
        isBegun = true;
        return [...beginning, sent("ping", null)];
      },
    };
  },
  describeError: (error, audience, requestId) => ({
    status: error.status,
    headers: { "x-should-retry": String(error.retryable) },
    body: { code: error.code, ...error.shownTo(audience), requestId },
  }),
};

function sent(event: string, data: unknown): ServerSentEvent {
  return { event, data };
}

function eventsOf(event: RunEvent, isBegun: boolean): readonly ServerSentEvent[] {
  switch (event.type) {
    case "start":
      return isBegun ? [] : [sent("begin", event.start.modelId)];
    case "text-delta":
      if (event.text === unwritable) throw new Error("unwritable");
      return [sent("text", event.text)];
    case "stop": {
      const { outcome } = event;
      if (outcome.kind === "complete") return [sent("end", outcome.answer.stopReason)];
      return [sent("error", outcome.record.error_code)];
    }
    default:
      return [];
  }
}
