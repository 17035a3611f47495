import type { CatalogReport } from "./catalog_report.ts";
import { geographiesOfCall } from "../registry/geography.ts";
import type { Model } from "../registry/model.ts";

/** A row whose geographies are not what AWS lists. */
export interface GeographyChange {
  readonly kind: "set-geographies";
  readonly modelId: string;
  readonly from: readonly string[] | null;
  readonly geographies: readonly string[];
}

/**
 * The rows that say something else about where their calls may be processed than AWS's lists do.
 * That a call goes further than before is written down too: the selection then passes over it.
 */
export function geographyChanges(
  models: readonly Model[],
  report: CatalogReport,
): GeographyChange[] {
  return report.destinations.flatMap(({ modelId, regions }) => {
    const from = models.find((model) => model.model_id === modelId)?.geographies ?? null;
    const { region } = report;
    const geographies = geographiesOfCall({
      modelId,
      region,
      destinationRegions: regions,
    });
    const isSame = from !== null &&
      from.toSorted().join() === geographies.join();
    return isSame ? [] : [{ kind: "set-geographies" as const, modelId, from, geographies }];
  });
}
