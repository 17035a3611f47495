/** The differences between the registry and AWS's lists. Every list is in the order of its id. */
import { z } from "zod";
import { type Capabilities, capabilitiesSchema } from "../registry/capabilities.ts";
import { formatIds, lifecycles, type Model } from "../registry/model.ts";

const ids = z.array(z.string()).readonly();
/** Geographies, and `unknown` for a place that no geography here covers. */
const places = ids;

/** Lifecycle of a model and its ISO dates; null where none is announced. */
const lifecycleState = z.object({
  lifecycle: z.enum(lifecycles),
  legacy_on: z.string().nullable(),
  extended_access_on: z.string().nullable(),
  retires_on: z.string().nullable(),
});

export type LifecycleState = Readonly<z.infer<typeof lifecycleState>>;

export const newModelSchema = z.object({
  /** The id to register: the foundation model's where it is offered on demand, else a profile's. */
  model_id: z.string(),
  foundation_model_id: z.string(),
  name: z.string(),
  provider: z.string(),
  /** The format of the provider's models; `converse` where the provider has none of its own. */
  format: z.enum(formatIds),
  lifecycle: z.enum(["active", "legacy"]),
  /** ISO dates; null where AWS announces none. */
  legacy_on: z.string().nullable(),
  extended_access_on: z.string().nullable(),
  retires_on: z.string().nullable(),
  destination_regions: ids,
  geographies: places,
  /** Whether its calls stay within the allowed geographies. */
  allowed: z.boolean(),
  /** What it accepts besides text, as far as AWS's lists tell it. */
  capabilities: capabilitiesSchema,
  /** The model's other ids that can be called, such as those of other profiles. */
  other_ids: ids,
});

const goneModelSchema = z.object({
  model_id: z.string(),
  /**
   * `not-listed`: AWS lists no such id in the region. `model-not-listed`: AWS still lists the
   * inference profile, but not the model behind it, so calls fail.
   */
  reason: z.enum(["not-listed", "model-not-listed"]),
  lifecycle: z.enum(lifecycles),
  legacy_on: z.string().nullable(),
  extended_access_on: z.string().nullable(),
  retires_on: z.string().nullable(),
  /** Whether its announced end has passed, so that it counts as retired. */
  ended: z.boolean(),
  /** Whether new conversations may still begin on it. */
  is_available: z.boolean(),
});

const lifecycleChangeSchema = z.object({
  model_id: z.string(),
  from: lifecycleState,
  to: lifecycleState,
  /**
   * False where the registry says `retired`: that was learnt from a call that failed or set by an
   * operator, and being listed does not prove that AWS answers again.
   */
  applies: z.boolean(),
});

const neededProfileSchema = z.object({
  model_id: z.string(),
  /** The profile to use; null where none stays within the allowed geographies. */
  profile_id: z.string().nullable(),
  /** Profiles of the model that may leave the allowed geographies. */
  outside_ids: ids,
  /** Whether the profile is in the registry already. */
  profile_is_registered: z.boolean(),
});

const leavingIdSchema = z.object({
  /** The id of a profile; for a registered row, the id as it is registered. */
  model_id: z.string(),
  is_registered: z.boolean(),
  is_available: z.boolean(),
  geographies: places,
  /** Those of the geographies that are not allowed. */
  outside: places,
  /** The destination regions that lie there, as far as they are known. */
  regions_outside: ids,
});

export const catalogDifferencesSchema = z.object({
  /** In AWS, but not registered: models that take and give text. */
  new: z.array(newModelSchema),
  /** Registered for this region, but no longer offered by AWS. */
  gone: z.array(goneModelSchema),
  /** Registered with another lifecycle or end than AWS gives. */
  lifecycle: z.array(lifecycleChangeSchema),
  /** Registered by a foundation-model id that AWS serves through inference profiles only. */
  needs_profile: z.array(neededProfileSchema),
  /** Ids, registered or not, whose calls may be processed outside the allowed geographies. */
  leaves_geography: z.array(leavingIdSchema),
  /** Registered ids that are called in another region, which these lists say nothing about. */
  not_compared: z.array(z.object({ model_id: z.string(), region: z.string() })),
});

export type NewModel = Readonly<z.infer<typeof newModelSchema>>;
export type GoneModel = Readonly<z.infer<typeof goneModelSchema>>;
export type LifecycleChange = Readonly<z.infer<typeof lifecycleChangeSchema>>;
export type NeededProfile = Readonly<z.infer<typeof neededProfileSchema>>;
export type LeavingId = Readonly<z.infer<typeof leavingIdSchema>>;
export type CatalogDifferences = Readonly<z.infer<typeof catalogDifferencesSchema>>;

/** A comparison of the registry with the lists of one region. */
export interface CatalogReport extends CatalogDifferences {
  readonly region: string;
  /** Where calls of the registered ids may be processed, as AWS lists it. */
  readonly destinations: readonly Destinations[];
  /** What the registered ids accept besides text, as AWS lists it and their rows do not say. */
  readonly unsaid: readonly Unsaid[];
}

export interface Unsaid {
  readonly model_id: string;
  readonly capabilities: Partial<Capabilities>;
}

export interface Destinations {
  readonly model_id: string;
  readonly regions: readonly string[];
}

/** A row as AWS's lists tell it: all columns but for those that the database fills in. */
export type RegisteredRow = Omit<
  Model,
  "provider_retention" | "provider_retention_source" | "provider_retention_checked_on"
>;

/** A change of the registry that a report calls for. None touches a price or an availability. */
export type CatalogChange =
  | {
    readonly kind: "register";
    /** The whole row: not available, prices unknown. */
    readonly model: RegisteredRow;
  }
  | { readonly kind: "set-lifecycle"; readonly model_id: string } & LifecycleState
  | {
    /** A row whose geographies are not those that AWS lists. */
    readonly kind: "set-geographies";
    readonly model_id: string;
    readonly from: readonly string[] | null;
    readonly geographies: readonly string[];
  }
  | {
    /** A row that does not say that the model accepts what AWS lists. */
    readonly kind: "set-capabilities";
    readonly model_id: string;
    /** Those that the row does not have. */
    readonly capabilities: Partial<Capabilities>;
  };

/** A change that had something to do. */
export const appliedChangeSchema = z.object({
  kind: z.enum(
    [
      "register",
      "set-lifecycle",
      "set-geographies",
      "set-capabilities",
    ] satisfies CatalogChange["kind"][],
  ),
  model_id: z.string(),
});

export type AppliedChange = Readonly<z.infer<typeof appliedChangeSchema>>;
