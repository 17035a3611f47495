/** Compares what the functions send with the contract, to the last field. */
import { expect } from "@std/expect";
import type { z } from "zod";
import {
  chatAnswerSchema,
  chatEventSchemas,
} from "../../supabase/functions/_shared/contract/chat_answer.ts";
import { errorAnswerSchema } from "../../supabase/functions/_shared/contract/errors.ts";
import { manageActions } from "../../supabase/functions/_shared/contract/manage.ts";

/** @throws unless a body is of a schema, and has no field that the schema does not know */
export function expectShape(schema: z.ZodType, body: unknown): void {
  // Parsing drops unknown fields, so what it leaves differs from a body that has some.
  expect(schema.parse(body)).toEqual(body);
}

/** Checks an answer of `manage-bedrock-models` to a request. */
export function expectManageAnswer(request: unknown, status: number, body: unknown): void {
  expectShape(status === 200 ? actionOf(request).answer : errorAnswerSchema, body);
}

/** Checks an answer of `chat` that is no stream. */
export function expectChatAnswer(status: number, body: unknown): void {
  expectShape(status === 200 ? chatAnswerSchema : errorAnswerSchema, body);
}

/** Checks an event of a stream of `chat`. */
export function expectChatEvent(event: string, data: unknown): void {
  expect(Object.keys(chatEventSchemas)).toContain(event);
  expectShape(chatEventSchemas[event as keyof typeof chatEventSchemas], data);
}

function actionOf(request: unknown) {
  const { action } = request as { action: keyof typeof manageActions };
  return manageActions[action];
}
