import { geographyOfRegion, outsideOf, type Place, placeOfId } from "./geography.ts";
import type { Model } from "./model.ts";

/** The part of a model's row that decides where its calls may be processed. */
export type LocatedModel = Pick<Model, "model_id" | "region" | "geographies">;

/**
 * Every place where calls of a model may be processed, sorted: those of its row, and those of its id
 * and region, so that a row cannot claim less than its id. `unknown` where the row names none. The
 * database has the same rule in `switchboard.places_of_model()`.
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

/** Places outside the allowed geographies where calls of a model may be processed. */
export function placesNotAllowed(model: LocatedModel, allowed: readonly string[]): string[] {
  return outsideOf(placesOfModel(model) as Place[], allowed);
}
