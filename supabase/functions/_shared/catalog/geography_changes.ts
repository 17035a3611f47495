import { geographiesOfCall } from "../registry/geography.ts";
import type { Model } from "../registry/model.ts";
import type { CatalogChange, CatalogReport } from "./catalog_report.ts";

/**
 * The rows whose geographies differ from those of AWS's lists. A call that goes further than before
 * is recorded too: the selection then skips the model.
 */
export function geographyChanges(
  models: readonly Model[],
  report: CatalogReport,
): CatalogChange[] {
  return report.destinations.flatMap(({ model_id: modelId, regions }) => {
    const from = models.find((model) => model.model_id === modelId)?.geographies ?? null;
    const { region } = report;
    const geographies = geographiesOfCall({
      modelId,
      region,
      destinationRegions: regions,
    });
    const isSame = from !== null &&
      from.toSorted().join() === geographies.join();
    return isSame ? [] : [{ kind: "set-geographies", model_id: modelId, from, geographies }];
  });
}
