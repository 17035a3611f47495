import type { z } from "zod";
import { errorAnswerSchema } from "../../supabase/functions/_shared/contract/errors.ts";
import {
  type ActionName,
  type AnswerOf,
  manageActions,
  type ManageRequest,
  type RequestOf,
} from "../../supabase/functions/_shared/contract/manage.ts";
import { ClientError } from "./client_error.ts";
import { notAnswering } from "./sign_in.ts";

export type ListedModel = AnswerOf<"list">["models"][number];

/** Most time for an answer. */
const answerWithinMs = 30_000;

/** The function `manage-bedrock-models`, asked with a secret key as an operator's curl asks. */
export class ModelManager {
  readonly url: string;
  readonly #secretKey: string;

  constructor(projectUrl: string, secretKey: string) {
    this.url = `${projectUrl}/functions/v1/manage-bedrock-models`;
    this.#secretKey = secretKey;
  }

  /** Every model. */
  async list(): Promise<readonly ListedModel[]> {
    return (await this.#ask({ action: "list" }, manageActions.list.answer)).models;
  }

  /** The default model; null where there is none. */
  async getDefault(): Promise<ListedModel | null> {
    const { answer } = manageActions["get-default"];
    return (await this.#ask({ action: "get-default" }, answer)).default_model;
  }

  /** Makes a model the default; returns what the API says and the registry's version. */
  setDefault(modelId: string): Promise<AnswerOf<"set-default">> {
    const { answer } = manageActions["set-default"];
    return this.#ask({ action: "set-default", model_id: modelId }, answer);
  }

  /**
   * Asks for an action.
   *
   * @throws {ClientError} with the message of a refusal, and its hint
   */
  perform<Name extends ActionName>(request: RequestOf<Name>): Promise<AnswerOf<Name>> {
    const { action } = request;
    // The compiler does not follow a table by a name of any action.
    return this.#ask(
      request as ManageRequest,
      manageActions[action].answer as unknown as z.ZodType<AnswerOf<Name>>,
    );
  }

  async #ask<Schema extends z.ZodType>(
    request: ManageRequest,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        "authorization": `Bearer ${this.#secretKey}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(answerWithinMs),
    }).catch(() => {
      throw notAnswering(new URL(this.url).origin);
    });
    const body: unknown = await response.json().catch(() => undefined);
    const answer = schema.safeParse(body);
    if (response.ok && answer.success) return answer.data;
    const error = errorAnswerSchema.safeParse(body);
    throw new ClientError(
      `${request.action} failed with HTTP ${response.status}` +
        (error.success ? `: ${describeRefusal(error.data.error)}` : "."),
    );
  }
}

function describeRefusal(
  { message, hint }: { message: string; hint?: string | undefined },
): string {
  return hint === undefined ? message : `${message} ${hint}`;
}
