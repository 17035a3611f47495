import type { AppError } from "../../../../../../supabase/functions/_shared/core/app_error.ts";
import { openaiDialect } from "../../../../../../supabase/functions/_shared/dialects/openai/openai.ts";
import type { ChatCall } from "../../../../../../supabase/functions/_shared/dialects/openai/read_request.ts";

/** A request with a message, and what a test cares about. */
export function request(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "default", messages: [{ role: "user", content: "Hello" }], ...fields };
}

/** What the dialect reads of a request. */
export function ask(fields: Record<string, unknown> = {}): ChatCall {
  return openaiDialect.readCall(request(fields), new Headers());
}

/** The error that a client reads of a request which is refused. */
export function refusalOf(fields: Record<string, unknown>): ClientError & { status: number } {
  try {
    ask(fields);
  } catch (error) {
    const { status, body } = openaiDialect.describeError(error as AppError, "user", "an-id");
    return { status, ...(body as { error: ClientError }).error };
  }
  throw new Error("the request was not refused");
}

export interface ClientError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}
