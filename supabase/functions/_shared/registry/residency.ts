import { geographyOfRegion, outsideOf, type Place, placeOfId } from "./geography.ts";
import type { Model } from "./model.ts";

/** What of a model's row tells where its calls may be processed. */
export type LocatedModel = Pick<Model, "model_id" | "region" | "geographies">;

/**
 * Every place where calls of a model may be processed, sorted: what its row says, and what its id
 * and region say besides, so that a row cannot claim less than its id. `unknown` where the row does
 * not know. The database says the same in `switchboard.places_of_model()`.
 */
export function placesOfModel({ model_id, region, geographies }: LocatedModel): string[] {
  const places = new Set<string>(geographies ?? ["unknown"]);
  if (region !== null) places.add(geographyOfRegion(region));
  const said = placeOfId(model_id);
  if (said.region !== null) places.add(geographyOfRegion(said.region));
  // An id that does not say where it leads is settled by its row.
  if (said.place !== null && said.place !== "unknown") places.add(said.place);
  return [...places].sort();
}

/** Where calls of a model may be processed although it is not allowed; empty: it may be used. */
export function placesNotAllowed(model: LocatedModel, allowed: readonly string[]): string[] {
  return outsideOf(placesOfModel(model) as Place[], allowed);
}

/** Why a model may not be used, in words for an operator; null where it may. */
export function residencyProblem(model: LocatedModel, allowed: readonly string[]): string | null {
  const outside = placesNotAllowed(model, allowed);
  if (outside.length === 0) return null;
  const where = outside.includes("global")
    ? "may be processed in any region of AWS"
    : outside.includes("unknown")
    ? "may be processed nobody knows where"
    : `may be processed in ${outside.join(", ")}`;
  return `Its calls ${where}; allowed is ${allowed.join(", ") || "nothing"} only.`;
}
