import { expect } from "@std/expect";
import { geographyChanges } from "../../../../../supabase/functions/_shared/catalog/geography_changes.ts";
import type { CatalogReport } from "../../../../../supabase/functions/_shared/catalog/catalog_report.ts";
import { modelRow } from "../model_row.ts";

const report: CatalogReport = {
  region: "eu-central-1",
  new: [],
  gone: [],
  lifecycle: [],
  needs_profile: [],
  leaves_geography: [],
  destinations: [
    { model_id: "eu.a.model", regions: ["eu-central-1", "eu-west-1"] },
    { model_id: "b.model", regions: ["eu-central-1"] },
  ],
  not_compared: [],
  unsaid: [],
};

Deno.test("geographyChanges() names the rows that say something else than AWS lists", () => {
  const changes = (a: string[] | null, b: string[] | null) =>
    geographyChanges([
      modelRow({ model_id: "eu.a.model", geographies: a }),
      modelRow({ model_id: "b.model", geographies: b }),
      modelRow({ model_id: "not.listed", geographies: null }),
    ], report);
  expect(changes(["eu"], ["eu"])).toEqual([]);
  expect(changes(null, ["us", "eu"])).toEqual([
    { kind: "set-geographies", model_id: "eu.a.model", from: null, geographies: ["eu"] },
    { kind: "set-geographies", model_id: "b.model", from: ["us", "eu"], geographies: ["eu"] },
  ]);
});

Deno.test("geographyChanges() does not mind the order of a row's geographies", () => {
  const wide = {
    ...report,
    destinations: [{ model_id: "eu.a.model", regions: ["eu-west-2", "eu-central-1"] }],
  };
  const row = (geographies: string[]) => [modelRow({ model_id: "eu.a.model", geographies })];
  expect(geographyChanges(row(["uk", "eu"]), wide)).toEqual([]);
  expect(geographyChanges(row(["eu"]), wide)).toMatchObject([{ geographies: ["eu", "uk"] }]);
});
