import type { AskedGuardrail } from "../answers/question.ts";
import { account } from "../models/arn.ts";
import { AwsError, invalid } from "../wire/aws_error.ts";
import type { Guardrail } from "./guardrail.ts";

/** The account's guardrails. */
export class Guardrails {
  readonly #region: string;
  readonly #byId = new Map<string, Guardrail>();

  constructor(region: string) {
    this.#region = region;
  }

  set(id: string, guardrail: Guardrail): void {
    this.#byId.set(id, guardrail);
  }

  clear(): void {
    this.#byId.clear();
  }

  /**
   * The guardrail of a request, by its id or its ARN.
   *
   * @throws {AwsError} when it does not exist, or the caller may not apply it.
   */
  resolve({ id: asked, version }: AskedGuardrail): Guardrail {
    const arn = /^arn:aws:bedrock:([a-z0-9-]+):(\d{12}):guardrail\/([a-z0-9]+)$/.exec(asked);
    const id = arn?.[3] ?? asked;
    if (!/^[a-z0-9]+$/.test(id)) throw invalid("The provided guardrail identifier is invalid.");
    const found = this.#byId.get(id);
    const isHere = arn === null || arn[1] === this.#region && arn[2] === account;
    if (found === undefined || !isHere || !found.versions.includes(version)) {
      throw invalid(
        "The guardrail identifier or version provided in the request does not exist.",
      );
    }
    if (found.access === "denied") {
      throw new AwsError(
        "AccessDeniedException",
        `User: arn:aws:iam::${account}:user/stand-in is not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:${this.#region}:${account}:guardrail/${id} because no identity-based policy allows the bedrock:ApplyGuardrail action`,
      );
    }
    return found;
  }
}
