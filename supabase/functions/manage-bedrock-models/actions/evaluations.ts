import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { readEvaluation } from "../../_shared/switching/read_evaluation.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `attach-evaluation`: the figures of a result of promptfoo, and none of its words. */
export async function attachEvaluation(
  { model_id: modelId, assistant_type: assistantType, result }: RequestOf<"attach-evaluation">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"attach-evaluation">> {
  const registry = await dependencies.readRegistryPart([modelId]);
  const { model_name } = await requireModel(registry, modelId, dependencies);
  const { name } = requireAssistant(registry, assistantType);
  const figures = await readEvaluation(result, { modelId, assistantType });
  const { evaluation, is_new, registry_version } = await dependencies.evaluations.attach(
    modelId,
    assistantType,
    figures,
    author,
  );
  const { passed, failed, errors } = evaluation;
  return {
    message: `${model_name} passed ${passed} of ${passed + failed + errors} cases of ${name}` +
      (is_new ? "." : "; the file was attached before."),
    evaluation,
    registry_version,
  };
}

/** `list-evaluations`: those that ran last first. */
export async function listEvaluations(
  { model_id: modelId, assistant_type: assistantType, limit = 50 }: RequestOf<"list-evaluations">,
  { evaluations }: ManageDependencies,
): Promise<ResultOf<"list-evaluations">> {
  const listed = await evaluations.list({ modelId, assistantType, limit });
  return { ...listed, count: listed.evaluations.length };
}
