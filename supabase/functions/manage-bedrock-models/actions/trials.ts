import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { requireFunctionInside } from "../../_shared/registry/function_region.ts";
import { obstacleOf } from "../../_shared/registry/model_usability.ts";
import { useForAny } from "../../_shared/registry/model_use.ts";
import { tryModel } from "../../_shared/switching/try_model.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";
import { readQuestion } from "../read_question.ts";

/** `try`: asks as an assistant on each of the models at once, as long as somebody waits for it. */
export async function tryModels(
  { assistant_type, model_ids, content }: RequestOf<"try">,
  dependencies: ManageDependencies,
  _author: ChangeAuthor,
  gone: AbortSignal,
): Promise<ResultOf<"try">> {
  const question = readQuestion(content);
  const ids = [...new Set(model_ids)];
  const registry = await dependencies.readRegistryPart(ids);
  requireFunctionInside(dependencies.trials.functionRegion, registry);
  const { name } = requireAssistant(registry, assistant_type);
  const models = await Promise.all(ids.map((id) => requireModel(registry, id, dependencies)));
  const { requestId } = dependencies;
  const request = { registry, assistantType: assistant_type, question, requestId, signal: gone };
  const trying = Promise.all(models.map((model) => tryModel(model, request, dependencies.trials)));
  // What was used is recorded also when the caller has left.
  dependencies.continueInBackground(trying.then(() => {}));
  const ended = await trying;
  const use = useForAny(registry);
  return {
    assistant: { assistant_type, name },
    trials: ended.map(({ trial }) => trial),
    warnings: [
      ...models.flatMap((model) => obstacleOf("price_unknown", model, use)?.message ?? []),
      ...ended.filter(({ isRecorded }) => !isRecorded).map(({ trial }) =>
        `The trial of ${trial.model_id} could not be entered in the ledger; its cost is in no report.`
      ),
    ],
    registry_version: registry.version,
  };
}
