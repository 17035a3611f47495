/** What AWS's lists say, in words. */
import type { CatalogReport } from "../api/manage_actions.ts";
import { formatDate } from "./time.ts";

type Report = CatalogReport["report"];

/** A change of the registry that the lists call for. */
export function describeCatalogChange(change: CatalogReport["changes"][number]): string {
  switch (change.kind) {
    case "register":
      return `${change.model_id} is registered`;
    case "set-lifecycle":
      return `${change.model_id} gets AWS's lifecycle`;
    case "set-geographies":
      return `${change.model_id} is processed in ${
        change.geographies?.join(", ") ?? "other places"
      }`;
    case "set-capabilities":
      return `${change.model_id} takes ${change.capabilities?.join(", ") ?? "more"}`;
    default:
      return change.kind satisfies never;
  }
}

/** What is to be looked at, a sentence each. */
export function describeDifferences(report: Report): string[] {
  const state = ({ lifecycle, retires_on: end }: Report["lifecycle"][number]["to"]) =>
    `${lifecycle}${end === null ? "" : `, until ${formatDate(end)}`}`;
  return [
    ...report.gone.map(({ model_id, ended, is_available }) =>
      `${model_id}: AWS no longer lists it${ended ? ", as its end has passed" : ""}${
        is_available ? "; it is still available here" : ""
      }.`
    ),
    ...report.lifecycle.map(({ model_id, from, to, applies }) =>
      `${model_id}: AWS says ${state(to)}, the registry ${state(from)}${
        applies ? "" : ", which stays"
      }.`
    ),
    ...report.needs_profile.map(({ model_id, profile_id }) =>
      `${model_id}: AWS serves it through inference profiles only; ${
        profile_id === null ? "none stays within the allowed geographies" : `use ${profile_id}`
      }.`
    ),
    ...report.leaves_geography.filter(({ is_registered }) => is_registered).map((
      { model_id, outside },
    ) => `${model_id}: its calls may be processed in ${outside.join(", ")}.`),
    ...report.not_compared.map(({ model_id, region }) =>
      `${model_id}: it is called in ${region}, which these lists say nothing about.`
    ),
  ];
}
