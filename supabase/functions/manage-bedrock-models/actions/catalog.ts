import { type AwsCatalog, findListing } from "../../_shared/catalog/aws_catalog.ts";
import { changesOf, registrationOf } from "../../_shared/catalog/catalog_changes.ts";
import type { CatalogChange, NewModel } from "../../_shared/catalog/catalog_report.ts";
import { compareCatalog } from "../../_shared/catalog/compare_catalog.ts";
import { describeListing, isTextModel } from "../../_shared/catalog/describe_new_model.ts";
import { geographyChanges } from "../../_shared/catalog/geography_changes.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { modelWarnings } from "../../_shared/registry/check_model.ts";
import type { StepResult } from "../../_shared/tick/tick_store.ts";
import { readModel } from "../find_rows.ts";
import {
  type InstanceDependencies,
  type ManageDependencies,
  todayOf,
} from "../manage_dependencies.ts";

/** `sync`: the differences between registry and AWS's lists; with `apply`, writes them. */
export async function syncModels(
  request: RequestOf<"sync">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"sync">> {
  const { readRegistryPart, applyCatalogChanges, recordAwsList } = dependencies;
  const { catalog, report, changes, version: comparedVersion } = await compareWithAws(
    dependencies,
  );
  const { region, destinations: _, unsaid: __, ...differences } = report;
  const answer = {
    region,
    data_retention_mode: catalog.dataRetentionMode,
    report: differences,
    changes: changes.map(describeChange),
  };
  if (request.apply !== true) {
    return { ...answer, applied: null, registry_version: comparedVersion };
  }
  await dependencies.recordDataRetention(catalog);
  const applied = [
    ...await applyCatalogChanges(changes, author),
    ...(await recordAwsList(report)).map((model_id) =>
      ({ kind: "set-lifecycle", model_id }) as const
    ),
  ];
  const { version } = await readRegistryPart([]);
  return { ...answer, applied, registry_version: version };
}

/**
 * The part of `sync` that needs no operator: AWS's lifecycles and dates are written, so that alerts
 * come in time, and which models it lists, which proves an end that calls were told of. Everything else waits for an operator.
 *
 * @throws {AppError} what reading AWS's lists throws, except for missing credentials
 */
export async function syncByItself(
  dependencies: InstanceDependencies,
  author: ChangeAuthor,
): Promise<StepResult> {
  try {
    const { catalog, report, changes } = await compareWithAws(dependencies);
    await dependencies.recordDataRetention(catalog);
    const dates = changes.filter(({ kind }) => kind === "set-lifecycle");
    const applied = dates.length === 0 ? [] : await dependencies.applyCatalogChanges(dates, author);
    const retired = await dependencies.recordAwsList(report);
    return {
      applied: applied.length + retired.length,
      waiting: changes.length - dates.length,
    };
  } catch (error) {
    if (error instanceof AppError && error.code === "bedrock_not_configured") {
      return { skipped: error.message };
    }
    throw error;
  }
}

async function compareWithAws(dependencies: InstanceDependencies) {
  const { readRegistry, readCatalog } = dependencies;
  const [registry, catalog] = await Promise.all([readRegistry(), readCatalog()]);
  const today = todayOf(dependencies);
  const report = compareCatalog({
    models: registry.models,
    catalog,
    allowedGeographies: registry.settings.allowed_geographies,
    today,
  });
  const changes = [...changesOf(report, today), ...geographyChanges(registry.models, report)];
  return { catalog, report, changes, version: registry.version };
}

/** `register`: adds a model of AWS's lists, not available and without prices. */
export async function registerModel(
  request: RequestOf<"register">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"register">> {
  const { readRegistryPart, readCatalog, applyCatalogChanges } = dependencies;
  const { settings } = await readRegistryPart([]);
  const allowed = settings.allowed_geographies;
  const found = requireListed(request.model_id, await readCatalog(), allowed);
  const today = todayOf(dependencies);
  const applied = await applyCatalogChanges([{
    kind: "register",
    model: registrationOf({
      ...found,
      capabilities: request.capabilities ?? found.capabilities,
    }, today),
  }], author);
  if (applied.length === 0) {
    throw new AppError(
      "model_exists",
      `${request.model_id} is already registered.`,
      { hint: "Use sync to compare its row with AWS's lists." },
    );
  }
  const { model, registry } = await readModel(request.model_id, dependencies);
  return {
    message: `${model.model_name} is registered and not available yet.`,
    model,
    other_ids: found.other_ids,
    warnings: modelWarnings(model, today, registry),
    registry_version: registry.version,
  };
}

type DescribedChange = ResultOf<"sync">["changes"][number];

/** A change without the whole row of a model or its new lifecycle, which the report has. */
function describeChange(change: CatalogChange): DescribedChange {
  switch (change.kind) {
    case "register":
      return { kind: change.kind, model_id: change.model.model_id };
    case "set-lifecycle":
      return { kind: change.kind, model_id: change.model_id };
    case "set-geographies":
      return change;
    case "set-capabilities":
      return { ...change, capabilities: Object.keys(change.capabilities) };
    default:
      return change satisfies never;
  }
}

function requireListed(
  modelId: string,
  catalog: AwsCatalog,
  allowed: readonly string[],
): NewModel {
  const { region } = catalog;
  const listing = findListing(catalog, modelId);
  if (listing === null) {
    throw new AppError(
      "model_not_listed",
      `AWS lists no model or profile ${modelId} in ${region}.`,
      { hint: "Check the spelling and the region; sync lists the models that can be registered." },
    );
  }
  const found = describeListing(modelId, listing, catalog, allowed);
  if (listing.model !== null && !isTextModel(listing.model)) {
    throw new AppError(
      "model_not_listed",
      `${modelId} is not a text model with streaming.`,
    );
  }
  if (found !== null) return found;
  const profiles = catalog.profiles.filter((profile) => profile.modelId === listing.model?.id);
  throw new AppError(
    "model_not_listed",
    `AWS does not serve ${modelId} in ${region}.`,
    {
      hint: profiles.length === 0
        ? "AWS lists it, but it cannot be called on demand."
        : `It is served as ${profiles.map((profile) => profile.id).join(", ")}.`,
    },
  );
}
