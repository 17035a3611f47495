import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { describeApiKey } from "../../_shared/keys/api_key.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { affectedBy } from "../affected_by.ts";
import { readModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `set-aliases`: the names of a model besides its id; the next call of each client follows. */
export async function setAliases(
  { model_id, aliases, expected_version }: RequestOf<"set-aliases">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-aliases">> {
  const { former_aliases, ...change } = await dependencies.switcher.setAliases(
    model_id,
    [...new Set(aliases)],
    expected_version ?? (await dependencies.readRegistryPart([])).version,
    author,
  );
  const [{ model, registry }, { warnings }, lost] = await Promise.all([
    readModel(model_id, dependencies),
    affectedBy(change, dependencies),
    keysLosing(former_aliases.filter((alias) => !aliases.includes(alias)), dependencies),
  ]);
  return {
    message: model.aliases.length === 0
      ? `${model.model_name} has no aliases.`
      : `${model.model_name} is also named ${model.aliases.join(", ")}.`,
    model,
    former_aliases,
    warnings: [...warnings, ...lost],
    registry_version: registry.version,
  };
}

/** Active keys whose scope has names that mean no model any more. */
async function keysLosing(
  aliases: readonly string[],
  { apiKeys, now }: ManageDependencies,
): Promise<string[]> {
  if (aliases.length === 0) return [];
  const { api_keys: rows } = await apiKeys.list();
  return rows.map((row) => describeApiKey(row, now())).flatMap((key) => {
    const lost = aliases.filter((alias) => key.models?.includes(alias));
    return key.state !== "active" || lost.length === 0 ? [] : [
      `The key ${key.name} (${key.prefix}…): its models have names that mean no model any more: ${
        lost.join(", ")
      }.`,
    ];
  });
}
