import type { RuntimeOperation } from "../operations.ts";
import { AwsError } from "../wire/aws_error.ts";
import { idOf } from "./arn.ts";
import { destinationsOf } from "./destinations.ts";
import type { ModelChange } from "./model_change.ts";
import { RegionRouter } from "./region_router.ts";
import type { LifecycleDates, ServedModel } from "./served_model.ts";

/** An inference profile that is listed. */
export interface ListedProfile {
  readonly id: string;
  readonly prefix: string;
  readonly model: ServedModel;
  readonly destinationRegions: readonly string[];
}

const newAccountsMode: string = "inherit";

/** The models and profiles of one region, with the changes made while the stand-in runs. */
export class ModelCatalog {
  /** The region that the stand-in stands for. */
  readonly region: string;
  /** The account's data retention mode; `inherit` as of a new account. */
  dataRetentionMode = newAccountsMode;
  readonly #served: readonly ServedModel[];
  readonly #changes = new Map<string, ModelChange>();
  readonly #router = new RegionRouter();

  /**
   * @param region The region that the stand-in stands for; its first part is the geography of
   * profiles.
   */
  constructor(served: readonly ServedModel[], region: string) {
    this.#served = served;
    this.region = region;
  }

  /**
   * The model that `called` may invoke. `called` is a foundation-model id, an inference-profile
   * id, or the ARN of either.
   *
   * @throws {AwsError} in AWS's order: unknown, retired, profile needed, no access, and no
   * permission in the region that the call is routed to.
   */
  resolve(called: string, operation: RuntimeOperation): ServedModel {
    const id = idOf(called);
    const found = this.#find(id);
    if (found === undefined || found.change.listed === false) throw invalidIdentifier();
    const { model, prefix, change } = found;
    if (model.lifecycle === "retired") {
      throw new AwsError(
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
      );
    }
    if (prefix === null && !model.onDemand) {
      // AWS writes this one with a typographic apostrophe.
      throw new AwsError(
        "ValidationException",
        `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
      );
    }
    if (prefix !== null && !this.#reaches(id, prefix)) throw invalidIdentifier();
    if (model.access === "denied") {
      throw new AwsError(
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
      );
    }
    const regions = prefix === null ? [this.region] : this.#destinations(id, model, prefix);
    this.#router.route({ id, model, regions, denied: change.deniedRegions ?? [], operation });
    return model;
  }

  /** Whether a model or profile of this id exists, whether or not it may be invoked. */
  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** The foundation models that AWS would list, in the order of `served`. */
  listedModels(): ServedModel[] {
    const profiles = this.listedProfiles();
    return this.#models().filter((model) => {
      const { listed } = this.#changeOf(model.id);
      const isOffered = model.onDemand || profiles.some((profile) => profile.model.id === model.id);
      return listed ?? (isOffered && model.lifecycle !== "retired");
    });
  }

  /** The profiles that AWS would list, by id; those of retired models too, as AWS does. */
  listedProfiles(): ListedProfile[] {
    const ids = new Set([
      ...this.#models().flatMap((model) => model.profiles.map((prefix) => `${prefix}.${model.id}`)),
      ...this.#changes.keys(),
    ]);
    return [...ids].sort().flatMap((id) => {
      const found = this.#find(id);
      if (found === undefined || found.prefix === null || found.change.listed === false) return [];
      const { model, prefix } = found;
      if (!this.#reaches(id, prefix)) return [];
      return [{ id, prefix, model, destinationRegions: this.#destinations(id, model, prefix) }];
    });
  }

  /**
   * Whether {@linkcode ModelCatalog.change} can be applied: to a model or profile that exists, to a
   * new model like one of them, or to a new profile.
   */
  canChange(id: string, change: ModelChange): boolean {
    if (change.like !== undefined) return this.#model(change.like) !== undefined;
    return this.has(id) || change.destinationRegions !== undefined && this.#split(id) !== undefined;
  }

  /** Changes one id; a foundation-model id changes all its profiles. */
  change(id: string, change: ModelChange): void {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    this.#changes.set(id, { ...this.#changes.get(id), ...Object.fromEntries(given) });
  }

  /** Forgets every change. */
  reset(): void {
    this.#changes.clear();
    this.dataRetentionMode = newAccountsMode;
    this.#router.reset();
  }

  #changeOf(id: string): ModelChange {
    return this.#changes.get(id) ?? {};
  }

  /** Every model, as it is now. */
  #models(): ServedModel[] {
    const added = [...this.#changes].flatMap(([id, { like, name = id }]) => {
      const model = this.#served.find((each) => each.id === like);
      return model === undefined ? [] : [{ ...model, id, name }];
    });
    return [...this.#served, ...added].map((model) => applied(model, this.#changeOf(model.id)));
  }

  #model(id: string): ServedModel | undefined {
    return this.#models().find((model) => model.id === id);
  }

  #split(id: string): { prefix: string; model: ServedModel } | undefined {
    const dot = id.indexOf(".");
    const model = this.#model(id.slice(dot + 1));
    return dot < 0 || model === undefined ? undefined : { prefix: id.slice(0, dot), model };
  }

  #find(id: string): Found | undefined {
    const bare = this.#model(id);
    if (bare !== undefined) return { model: bare, prefix: null, change: this.#changeOf(id) };
    const split = this.#split(id);
    if (split === undefined) return undefined;
    const { prefix, model } = split;
    const own = this.#changeOf(id);
    if (!model.profiles.includes(prefix) && own.destinationRegions === undefined) return undefined;
    const change = { ...this.#changeOf(model.id), ...own };
    return { model: applied(model, own), prefix, change };
  }

  /** Profiles of other geographies do not exist here, unless one was added. */
  #reaches(id: string, prefix: string): boolean {
    return prefix === "global" || prefix === this.region.split("-")[0] ||
      this.#changeOf(id).destinationRegions !== undefined;
  }

  #destinations(id: string, model: ServedModel, prefix: string): readonly string[] {
    return this.#changeOf(id).destinationRegions ?? destinationsOf(model, prefix, this.region);
  }
}

interface Found {
  readonly model: ServedModel;
  /** Null for a foundation-model id. */
  readonly prefix: string | null;
  readonly change: ModelChange;
}

function applied(model: ServedModel, change: ModelChange): ServedModel {
  return {
    ...model,
    lifecycle: change.lifecycle ?? model.lifecycle,
    access: change.access ?? model.access,
    profiles: change.profiles ?? model.profiles,
    onDemand: change.onDemand ?? model.onDemand,
    dates: datesOf(model.dates, change),
  };
}

function datesOf(dates: LifecycleDates, change: ModelChange): LifecycleDates {
  const changed = {
    legacy: change.legacyOn,
    extendedAccess: change.extendedAccessOn,
    endOfLife: change.endsOn,
  };
  const given = Object.entries(changed).filter(([, date]) => date !== undefined);
  return Object.fromEntries(
    Object.entries({ ...dates, ...Object.fromEntries(given) }).filter(([, date]) => date !== null),
  );
}

/** AWS answers an unknown model and one that this region does not offer with the same message. */
function invalidIdentifier(): AwsError {
  return new AwsError("ValidationException", "The provided model identifier is invalid.");
}
