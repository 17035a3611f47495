import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { obstacleOf } from "../../_shared/registry/model_usability.ts";
import { useForAny } from "../../_shared/registry/model_use.ts";
import type { PricePeriod } from "../../_shared/switching/price_period.ts";
import { readModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `list-prices`: what a model cost, costs and is to cost. */
export async function listPrices(
  { model_id }: RequestOf<"list-prices">,
  { prices, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"list-prices">> {
  const [periods, { version }] = await Promise.all([prices.list(model_id), readRegistryPart([])]);
  return { model_id, prices: [...periods], registry_version: version };
}

/** `set-price`: prices from now on or from a later moment on, or none any more for that moment. */
export async function setPrice(
  request: RequestOf<"set-price">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-price">> {
  const { action: _, model_id, valid_from, expected_version, reason: __, ...wanted } = request;
  const terms = { validFrom: valid_from, expectedVersion: expected_version };
  await dependencies.prices.set(model_id, wanted, terms, author);
  const [{ model, registry }, periods] = await Promise.all([
    readModel(model_id, dependencies),
    dependencies.prices.list(model_id),
  ]);
  const unknown = obstacleOf("price_unknown", model, useForAny(registry));
  const { model_name: name } = model;
  const isTakenBack = Object.keys(wanted).length === 0;
  const until = isTakenBack ? null : endOf(periods, valid_from);
  return {
    message: isTakenBack
      ? `The prices of ${name} that were scheduled for ${valid_from} are taken back.`
      : `The prices of ${name} hold from ${valid_from ?? "now"} on${
        until === null ? "" : `, until ${until}`
      }.`,
    model,
    prices: [...periods],
    warnings: [
      ...unknown === null ? [] : [`${unknown.message} ${unknown.hint}`],
      ...until === null ? [] : [
        `From ${until} on, all prices are the scheduled ones. To change those too, set them with ` +
        "that moment as valid_from.",
      ],
    ],
    registry_version: registry.version,
  };
}

/** When the prices that begin to hold at a moment, or hold now, end; null: until further notice. */
function endOf(periods: readonly PricePeriod[], from: string | undefined): string | null {
  const end =
    periods.find(({ state, valid_from }) =>
      from === undefined ? state === "current" : Date.parse(valid_from) === Date.parse(from)
    )?.valid_to ?? null;
  return end === null ? null : new Date(end).toISOString();
}
