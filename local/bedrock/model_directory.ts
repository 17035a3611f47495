import type { Catalogue } from "./catalogue.ts";
import type { ModelChange, ServedModel } from "./served_model.ts";
import { AwsError } from "./wire/aws_error.ts";

/** Finds the model that a call names, and holds what was changed while the stand-in runs. */
export class ModelDirectory {
  readonly #catalogue: Catalogue;
  readonly #geography: string;
  readonly #changes = new Map<string, Partial<Pick<ServedModel, keyof ModelChange>>>();

  /** @param region The region the stand-in plays; its first part is the geography of profiles. */
  constructor(catalogue: Catalogue, region: string) {
    this.#catalogue = catalogue;
    this.#geography = region.split("-")[0] ?? "";
  }

  /**
   * The model that `called` may invoke. `called` is a foundation-model id, an inference-profile
   * id, or the ARN of either.
   *
   * @throws {AwsError} in AWS's order: unknown, retired, profile needed, no access.
   */
  resolve(called: string): ServedModel {
    const id = idOf(called);
    const found = this.#find(id);
    if (found === undefined) throw invalidIdentifier();
    const model = {
      ...found.model,
      ...this.#changes.get(found.model.id),
      ...this.#changes.get(id),
    };
    if (model.lifecycle === "retired") {
      throw new AwsError(
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
      );
    }
    if (found.prefix === null && !model.onDemand) {
      // AWS writes this one with a typographic apostrophe.
      throw new AwsError(
        "ValidationException",
        `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
      );
    }
    if (found.prefix !== null && !this.#reaches(found.prefix)) throw invalidIdentifier();
    if (model.access === "denied") {
      throw new AwsError(
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
      );
    }
    return model;
  }

  /** Whether a model or profile of this id exists, whether or not it may be invoked. */
  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Changes one id; a foundation-model id changes all its profiles. */
  change(id: string, change: ModelChange): void {
    const before = this.#changes.get(id);
    this.#changes.set(id, {
      ...before,
      ...(change.lifecycle === undefined ? {} : { lifecycle: change.lifecycle }),
      ...(change.access === undefined ? {} : { access: change.access }),
    });
  }

  /** Forgets every change. */
  reset(): void {
    this.#changes.clear();
  }

  #reaches(prefix: string): boolean {
    return prefix === "global" || prefix === this.#geography;
  }

  #find(id: string): { model: ServedModel; prefix: string | null } | undefined {
    const bare = this.#catalogue.find((model) => model.id === id);
    if (bare !== undefined) return { model: bare, prefix: null };
    const dot = id.indexOf(".");
    const [prefix, rest] = [id.slice(0, dot), id.slice(dot + 1)];
    const model = this.#catalogue.find((model) =>
      model.id === rest && model.profiles.includes(prefix)
    );
    return model && { model, prefix };
  }
}

/** The id that a fault, a change or the journal goes by: an ARN stands for its last part. */
export function idOf(called: string): string {
  return called.startsWith("arn:") ? called.slice(called.lastIndexOf("/") + 1) : called;
}

/** AWS answers a typo and a model that this region does not offer with the same words. */
function invalidIdentifier(): AwsError {
  return new AwsError("ValidationException", "The provided model identifier is invalid.");
}
