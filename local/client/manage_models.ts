import { z } from "zod";
import { ClientError } from "./client_error.ts";
import { notAnswering } from "./sign_in.ts";

/** The part of a model's row that is looked at here. */
const modelSchema = z.object({
  model_id: z.string(),
  model_name: z.string(),
  format: z.string(),
  is_available: z.boolean(),
  is_default: z.boolean(),
  lifecycle: z.string(),
});

const listSchema = z.object({ models: z.array(modelSchema) });
const defaultSchema = z.object({ default_model: modelSchema.nullable() });
const switchSchema = z.object({ message: z.string(), registry_version: z.number() });

export type ListedModel = z.infer<typeof modelSchema>;

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
    return (await this.#ask({ action: "list" }, listSchema)).models;
  }

  /** The default model; null where there is none. */
  async getDefault(): Promise<ListedModel | null> {
    return (await this.#ask({ action: "get-default" }, defaultSchema)).default_model;
  }

  /** Makes a model the default; returns what the API says and the registry's version. */
  setDefault(modelId: string): Promise<z.infer<typeof switchSchema>> {
    return this.#ask({ action: "set-default", model_id: modelId }, switchSchema);
  }

  async #ask<T>(request: Readonly<Record<string, string>>, schema: z.ZodType<T>): Promise<T> {
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
    const error = z.object({ error: z.object({ message: z.string() }) }).safeParse(body);
    throw new ClientError(
      `${request.action} failed with HTTP ${response.status}` +
        (error.success ? `: ${error.data.error.message}` : "."),
    );
  }
}
