import { isJsonObject, type JsonObject } from "./model_format.ts";

/** Beside the body of a model's answer through InvokeModel, and in the chunks of its streams. */
const actionKey = "amazon-bedrock-guardrailAction";
const traceKey = "amazon-bedrock-trace";

/** What a guardrail did: it replaced the words, or masked parts of them. */
export type Intervention = "blocked" | "masked";

/**
 * Reads what a guardrail of Bedrock says beside an answer. Its action decides, and not the model's
 * stop reason, which says nothing of it through InvokeModel.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use.html
 */
export class GuardrailWatch {
  #acted = false;
  readonly #actions = new Set<string>();

  /** Takes note of what a body or a chunk says of a guardrail, and gives back the rest. */
  strip(body: JsonObject): JsonObject {
    if (!(actionKey in body) && !(traceKey in body)) return body;
    const { [actionKey]: action, [traceKey]: trace, ...rest } = body;
    if (action === "INTERVENED" || action === "GUARDRAIL_INTERVENED") this.#acted = true;
    this.addTrace(trace);
    return rest;
  }

  /** Takes note of assessments: of Bedrock's trace, in whichever form. */
  addTrace(trace: unknown): void {
    if (Array.isArray(trace)) trace.forEach((part) => this.addTrace(part));
    if (!isJsonObject(trace)) return;
    for (const [key, value] of Object.entries(trace)) {
      if (key === "action" && typeof value === "string") this.#actions.add(value.toUpperCase());
      else this.addTrace(value);
    }
  }

  /**
   * What it did; null: nothing. It is taken to have blocked unless its assessments say that it only
   * masked.
   *
   * @param stopSaysSo Whether the stop reason tells of an intervention, as Converse's does.
   */
  intervention(stopSaysSo: boolean): Intervention | null {
    if (!this.#acted && !stopSaysSo) return null;
    const onlyMasked = this.#actions.has("ANONYMIZED") && !this.#actions.has("BLOCKED");
    return onlyMasked ? "masked" : "blocked";
  }
}
