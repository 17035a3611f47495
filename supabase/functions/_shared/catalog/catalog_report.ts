/** What a comparison of the registry with AWS's lists says. Every list is in the order of its id. */
import type { Place } from "../registry/geography.ts";
import type { FormatId, Lifecycle, Model } from "../registry/model.ts";

export interface CatalogReport {
  /** The region whose lists were compared. */
  readonly region: string;
  /** In AWS, but not registered: models that take and give text. */
  readonly new: readonly NewModel[];
  /** Registered for this region, but not offered by AWS any more. */
  readonly gone: readonly GoneModel[];
  /** Registered with another lifecycle or end than AWS gives. */
  readonly lifecycle: readonly LifecycleChange[];
  /** Registered by a foundation-model id that AWS serves through inference profiles only. */
  readonly needsProfile: readonly NeededProfile[];
  /** Ids, registered or not, whose calls may be processed outside the allowed geographies. */
  readonly leavesGeography: readonly LeavingId[];
  /** Where calls of the registered ids may be processed, as AWS lists it. */
  readonly destinations: readonly Destinations[];
  /** Registered ids that are called in another region, which these lists say nothing about. */
  readonly notCompared: readonly { readonly modelId: string; readonly region: string }[];
}

export interface NewModel {
  /** The id to register: the foundation model's where it is offered on demand, else a profile's. */
  readonly modelId: string;
  readonly foundationModelId: string;
  readonly name: string;
  readonly provider: string;
  /** The dialect of the provider's models; `converse` where the provider has none of its own. */
  readonly format: FormatId;
  readonly lifecycle: "active" | "legacy";
  /** ISO date; null where AWS announces no end. */
  readonly retiresOn: string | null;
  readonly destinationRegions: readonly string[];
  readonly geographies: readonly Place[];
  /** Whether its calls stay within the allowed geographies. */
  readonly allowed: boolean;
  /** The model's other ids that can be called, such as those of other profiles. */
  readonly otherIds: readonly string[];
}

export interface GoneModel {
  readonly modelId: string;
  /**
   * `not-listed`: AWS lists no such id in the region. `model-not-listed`: AWS still lists the
   * inference profile, but not the model behind it, so calls fail.
   */
  readonly reason: "not-listed" | "model-not-listed";
  readonly lifecycle: Lifecycle;
  readonly retiresOn: string | null;
  /** Whether its announced end has passed, so that it counts as retired. */
  readonly ended: boolean;
  /** Whether new conversations may still begin on it. */
  readonly isAvailable: boolean;
}

export interface LifecycleChange {
  readonly modelId: string;
  readonly from: { readonly lifecycle: Lifecycle; readonly retiresOn: string | null };
  readonly to: { readonly lifecycle: Lifecycle; readonly retiresOn: string | null };
  /**
   * False where the registry says `retired`: that was learnt from a call that failed or set by an
   * operator, and being listed does not prove that AWS answers again.
   */
  readonly applies: boolean;
}

export interface NeededProfile {
  readonly modelId: string;
  /** The profile to use; null where none stays within the allowed geographies. */
  readonly profileId: string | null;
  /** Profiles of the model that may leave the allowed geographies. */
  readonly outsideIds: readonly string[];
  /** Whether the profile is in the registry already. */
  readonly profileIsRegistered: boolean;
}

export interface LeavingId {
  /** The id of a profile; for a registered row, the id as it is registered. */
  readonly modelId: string;
  readonly isRegistered: boolean;
  readonly isAvailable: boolean;
  readonly geographies: readonly Place[];
  /** Those of the geographies that are not allowed. */
  readonly outside: readonly Place[];
  /** The destination regions that lie there, as far as they are known. */
  readonly regionsOutside: readonly string[];
}

export interface Destinations {
  readonly modelId: string;
  readonly regions: readonly string[];
}

/** What a change that follows from AWS's lists may do. */
export const catalogChangeKinds = ["register", "set-lifecycle", "set-geographies"] as const;

/** A change of the registry that a report calls for. None touches a price or an availability. */
export type CatalogChange =
  | {
    readonly kind: "register";
    /** The whole row: not available, prices unknown. */
    readonly model: Model;
    /** Where its calls may be processed. */
    readonly destinationRegions: readonly string[];
  }
  | {
    readonly kind: "set-lifecycle";
    readonly modelId: string;
    readonly lifecycle: Lifecycle;
    readonly retiresOn: string | null;
  };
