import { geographiesOfCall, geographyOfRegion, outsideOf } from "../registry/geography.ts";
import type { Model } from "../registry/model.ts";
import {
  type AwsCatalog,
  type AwsListing,
  type AwsProfile,
  compareText,
  findListing,
  profilesOf,
} from "./aws_catalog.ts";
import type {
  CatalogReport,
  Destinations,
  GoneModel,
  LeavingId,
  LifecycleChange,
  NeededProfile,
  NewModel,
  Unsaid,
} from "./catalog_report.ts";
import { describeNewModel, isTextModel, listedCapabilities } from "./describe_new_model.ts";
import { datesOf, hasSameDates } from "./lifecycle_dates.ts";

/** The input of a comparison. */
export interface ComparisonInput {
  /** Every row; those that are called in another region are not compared. */
  readonly models: readonly Model[];
  readonly catalog: AwsCatalog;
  /** Where calls may be processed, such as `eu`. */
  readonly allowedGeographies: readonly string[];
  /** ISO date. */
  readonly today: string;
}

/**
 * Compares the registry with AWS's lists of one region. A row without a region counts as called
 * there. The report does not depend on the order of the lists.
 */
export function compareCatalog(input: ComparisonInput): CatalogReport {
  const { catalog } = input;
  const models = input.models.toSorted((a, b) => compareText(a.model_id, b.model_id));
  const here = models.filter((model) => (model.region ?? catalog.region) === catalog.region);
  const rows = here.map((model) => ({ model, listing: findListing(catalog, model.model_id) }));
  const listed = rows.filter((row): row is ListedRow => row.listing !== null);
  return {
    region: catalog.region,
    new: newModels(models, input),
    gone: rows.map((row) => goneModel(row, input.today)).filter(isPresent),
    lifecycle: listed.map(lifecycleChange).filter(isPresent),
    needs_profile: listed.map((row) => neededProfile(row, models, input)).filter(isPresent),
    leaves_geography: leavingIds(rows, input),
    destinations: listed.map((row) => destinationsOf(row, catalog.region)),
    unsaid: listed.map(unsaidOf).filter(isPresent),
    not_compared: models.filter((model) => !here.includes(model))
      .map((model) => ({ model_id: model.model_id, region: model.region ?? catalog.region })),
  };
}

interface Row {
  readonly model: Model;
  readonly listing: AwsListing | null;
}
type ListedRow = Row & { readonly listing: AwsListing };

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}

/** Text models of which no row, in whatever region, names the model or one of its profiles. */
function newModels(models: readonly Model[], input: ComparisonInput): NewModel[] {
  const { catalog, allowedGeographies } = input;
  const known = new Set(models.flatMap(({ model_id }) => {
    const listing = findListing(catalog, model_id);
    return [model_id, listing?.profile?.modelId ?? listing?.model?.id];
  }));
  return catalog.models.filter((model) => isTextModel(model) && !known.has(model.id))
    .map((model) => describeNewModel(model, catalog, allowedGeographies))
    .filter(isPresent)
    .toSorted((a, b) => compareText(a.model_id, b.model_id));
}

function goneModel({ model, listing }: Row, today: string): GoneModel | null {
  // An account's own profile may route to several models, so it need not name one.
  const isServed = listing !== null &&
    (listing.model !== null || listing.profile?.modelId === null);
  if (isServed) return null;
  return {
    model_id: model.model_id,
    reason: listing === null ? "not-listed" : "model-not-listed",
    lifecycle: model.lifecycle,
    ...datesOf(model),
    ended: model.lifecycle === "retired" ||
      model.retires_on !== null && model.retires_on <= today,
    is_available: model.is_available,
  };
}

function lifecycleChange({ model, listing }: ListedRow): LifecycleChange | null {
  const aws = listing.model;
  if (aws === null || aws.lifecycle === "unknown") return null;
  const from = { lifecycle: model.lifecycle, ...datesOf(model) };
  // A model that is active again has no end; otherwise a known date stays if AWS lists none.
  const isActiveAgain = model.lifecycle !== "active" && aws.lifecycle === "active";
  const known = (date: string | null) => isActiveAgain ? null : date;
  const to = {
    lifecycle: aws.lifecycle,
    legacy_on: aws.legacyOn ?? known(from.legacy_on),
    extended_access_on: aws.extendedAccessOn ?? known(from.extended_access_on),
    retires_on: aws.endsOn ?? known(from.retires_on),
  };
  if (from.lifecycle === to.lifecycle && hasSameDates(from, to)) return null;
  return { model_id: model.model_id, from, to, applies: model.lifecycle !== "retired" };
}

function neededProfile(
  { model, listing }: ListedRow,
  models: readonly Model[],
  { catalog, allowedGeographies }: ComparisonInput,
): NeededProfile | null {
  const aws = listing.model;
  if (aws === null || listing.profile !== null || aws.inferenceTypes.includes("ON_DEMAND")) {
    return null;
  }
  const profiles = profilesOf(catalog, aws.id);
  if (profiles.length === 0) return null;
  const described = describeNewModel(aws, catalog, allowedGeographies);
  const profileId = described?.allowed ? described.model_id : null;
  return {
    model_id: model.model_id,
    profile_id: profileId,
    outside_ids: profiles.filter((profile) =>
      outsideOf(geographiesOfProfile(profile, catalog.region), allowedGeographies).length > 0
    ).map((profile) => profile.id),
    profile_is_registered: models.some((each) => each.model_id === profileId),
  };
}

function leavingIds(
  rows: readonly Row[],
  { catalog: { profiles, region }, allowedGeographies: allowed }: ComparisonInput,
): LeavingId[] {
  const listedProfiles = new Set(rows.map((row) => row.listing?.profile).filter((each) => !!each));
  const candidates = [
    ...rows.map(({ model, listing }) => ({
      model_id: model.model_id,
      is_registered: true,
      is_available: model.is_available,
      destinationRegions: listing?.profile?.destinationRegions ?? null,
    })),
    ...profiles.filter((profile) => !listedProfiles.has(profile)).map((profile) => ({
      model_id: profile.kind === "application" ? profile.arn : profile.id,
      is_registered: false,
      is_available: false,
      destinationRegions: profile.destinationRegions,
    })),
  ];
  return candidates.map(({ destinationRegions, ...id }) => {
    const call = { modelId: id.model_id, region, destinationRegions };
    const geographies = geographiesOfCall(call);
    const regions_outside = (destinationRegions ?? []).filter((destination) =>
      outsideOf([geographyOfRegion(destination)], allowed).length > 0
    );
    return { ...id, geographies, outside: outsideOf(geographies, allowed), regions_outside };
  }).filter((id) => id.outside.length > 0)
    .toSorted((a, b) => compareText(a.model_id, b.model_id));
}

function destinationsOf({ model, listing }: ListedRow, region: string): Destinations {
  return {
    model_id: model.model_id,
    regions: listing.profile === null ? [region] : listing.profile.destinationRegions,
  };
}

function unsaidOf({ model: { model_id, capabilities }, listing }: ListedRow): Unsaid | null {
  const { images } = listing.model === null ? {} : listedCapabilities(listing.model);
  if (images === undefined || capabilities.images !== undefined) return null;
  return { model_id, capabilities: { images } };
}

function geographiesOfProfile(profile: AwsProfile, region: string) {
  const { id: modelId, destinationRegions } = profile;
  return geographiesOfCall({ modelId, region, destinationRegions });
}
