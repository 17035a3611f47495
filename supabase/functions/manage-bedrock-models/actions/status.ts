import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `status`: how the tick and each of its steps does. */
export function showStatus(
  _request: RequestOf<"status">,
  { ticks }: ManageDependencies,
): Promise<ResultOf<"status">> {
  return ticks.status();
}
