import { z } from "zod";
import {
  type ChatAnswer,
  chatAnswerSchema,
} from "../../supabase/functions/_shared/contract/chat_answer.ts";
import { errorAnswerSchema } from "../../supabase/functions/_shared/contract/errors.ts";
import {
  type ActionName,
  type AnswerOf,
  manageActions,
} from "../../supabase/functions/_shared/contract/manage.ts";
import type { ManageRequest } from "../../supabase/functions/_shared/contract/manage.ts";
import type { Account, Credentials } from "./credentials.ts";
import { CheckFailed } from "./check_failed.ts";

/** What a caller sends to show who it is. */
export type CallerHeaders = Readonly<Record<string, string>>;

/** An answer that is no success: what a report may say of it. */
export interface Refusal {
  readonly status: number;
  /** The switchboard's code; null where another server answered. */
  readonly code: string | null;
  readonly requestId: string | null;
}

/** Most time for an answer; the functions' own deadline is an hour at most, a minute by default. */
const answerWithinMs = 120_000;

const sessionSchema = z.object({ access_token: z.string() });

/** The functions, as the documents name them. */
export type FunctionName = "chat" | "manage-bedrock-models";

/** Where the project is, and what it calls our functions. */
export interface ProjectPlace {
  readonly url: string;
  readonly chatName: string;
  readonly openaiName: string;
}

/** A project as its callers reach it: over HTTP, through the platform's gateway. */
export class SmokeProject {
  readonly #place: ProjectPlace;
  readonly #publishableKey: string;
  /** Where the functions ran, as the platform says. */
  readonly functionRegions = new Set<string>();

  constructor(place: ProjectPlace, { publishableKey }: Pick<Credentials, "publishableKey">) {
    this.#place = place;
    this.#publishableKey = publishableKey;
  }

  /** @returns the user's access token */
  async signIn({ email, password }: Account): Promise<string> {
    const response = await this.#send("/auth/v1/token?grant_type=password", {
      method: "POST",
      headers: { "apikey": this.#publishableKey, "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    const session = sessionSchema.safeParse(await response.json().catch(() => null));
    if (!session.success) throw new CheckFailed(`the Auth server answered ${response.status}`);
    return session.data.access_token;
  }

  /** Ends the session of a token, and no other of its user. */
  async signOut(token: string): Promise<void> {
    const response = await this.#send("/auth/v1/logout?scope=local", {
      method: "POST",
      headers: { "apikey": this.#publishableKey, "authorization": `Bearer ${token}` },
    });
    await response.body?.cancel();
    if (!response.ok) throw new CheckFailed(`the Auth server answered ${response.status}`);
  }

  /** Sends a question; the answer is whatever comes. */
  post(name: FunctionName, body: unknown, headers: CallerHeaders): Promise<Response> {
    return this.#call(name === "chat" ? this.#place.chatName : name, headers, body);
  }

  /**
   * Sends what a client of OpenAI sends; the answer is whatever comes.
   *
   * @param path such as `models`
   * @param body undefined: it reads
   */
  openai(path: string, headers: CallerHeaders, body?: unknown): Promise<Response> {
    return this.#call(`${this.#place.openaiName}/v1/${path}`, headers, body);
  }

  async #call(path: string, headers: CallerHeaders, body: unknown): Promise<Response> {
    const response = await this.#send(
      `/functions/v1/${path}`,
      body === undefined ? { headers: { ...headers } } : {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      },
    );
    // Hosted projects say where a function ran; the embedded stack has no regions.
    const region = response.headers.get("x-sb-edge-region");
    if (region !== null && /^[a-z0-9-]{1,32}$/.test(region)) this.functionRegions.add(region);
    return response;
  }

  /** @throws {CheckFailed} for anything but an answer */
  async chat(body: Record<string, unknown>, headers: CallerHeaders): Promise<ChatAnswer> {
    const response = await this.post("chat", body, headers);
    if (!response.ok) throw new CheckFailed(describeRefusal(await readRefusal(response)));
    const answer = chatAnswerSchema.safeParse(await response.json().catch(() => null));
    if (!answer.success) throw new CheckFailed("the answer is not of this version's contract");
    return answer.data;
  }

  /** @throws {CheckFailed} for anything but an answer */
  async manage<Name extends ActionName>(
    request: ManageRequest & { readonly action: Name },
    headers: CallerHeaders,
  ): Promise<AnswerOf<Name>> {
    const response = await this.post("manage-bedrock-models", request, headers);
    if (!response.ok) throw new CheckFailed(describeRefusal(await readRefusal(response)));
    const schema: z.ZodType = manageActions[request.action].answer;
    const answer = schema.safeParse(await response.json().catch(() => null));
    if (!answer.success) throw new CheckFailed("the answer is not of this version's contract");
    return answer.data as AnswerOf<Name>;
  }

  /**
   * Deletes, as its user, the conversation that a request began: a turn that failed has one too.
   *
   * @returns whether there was one
   */
  async deleteConversationOf(requestId: string, headers: CallerHeaders): Promise<boolean> {
    const questions = z.array(z.object({ conversation_id: z.uuid() })).parse(
      await this.#rest(
        `ai_messages?request_id=eq.${requestId}&role=eq.user&select=conversation_id`,
        headers,
      ),
    );
    for (const { conversation_id } of questions) {
      const deleted = await this.#rest(`ai_conversations?id=eq.${conversation_id}&select=id`, {
        ...headers,
        prefer: "return=representation",
      }, "DELETE");
      if (!Array.isArray(deleted) || deleted.length !== 1) {
        throw new CheckFailed("the Data API did not delete it");
      }
    }
    return questions.length > 0;
  }

  async #rest(path: string, headers: CallerHeaders, method = "GET"): Promise<unknown> {
    const response = await this.#send(`/rest/v1/${path}`, { method, headers: { ...headers } });
    if (!response.ok) throw new CheckFailed(`the Data API answered ${response.status}`);
    return await response.json();
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#place.url + path, {
        ...init,
        // A key would go along.
        redirect: "error",
        signal: AbortSignal.timeout(answerWithinMs),
      });
    } catch (error) {
      const why = error instanceof DOMException && error.name === "TimeoutError"
        ? `no answer within ${answerWithinMs / 1000} s`
        : "the connection failed, or was redirected";
      throw new CheckFailed(why);
    }
  }
}

/** What a report may say of an answer: no words of it. */
export async function readRefusal(response: Response): Promise<Refusal> {
  const { status } = response;
  const body = errorAnswerSchema.safeParse(await response.json().catch(() => null));
  const error = body.success ? body.data.error : null;
  return { status, code: error?.code ?? null, requestId: error?.request_id ?? null };
}

export function describeRefusal({ status, code, requestId }: Refusal): string {
  return [`${status} ${code ?? "without our envelope"}`, requestId && `request ${requestId}`]
    .filter(Boolean).join(", ");
}
