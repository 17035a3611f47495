import type { Assistant } from "../registry/assistant.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { ModelCheck } from "../registry/check_model.ts";
import type { Model } from "../registry/model.ts";

const kinds = ["images", "documents", "tools"] as const satisfies (keyof Capabilities)[];

/** What an assistant loses by another model: questions that the former took and this one does not. */
export function lossWarning(type: string, from: Model | null, to: Model | null): string[] {
  if (from === null || to === null) return [];
  const lost = kinds.filter((kind) =>
    from.capabilities[kind] !== undefined && to.capabilities[kind] === undefined
  );
  if (lost.length === 0) return [];
  return [
    `${type}: ${to.model_id} takes no ${lost.join(" and no ")}, which ${from.model_id} does. ` +
    "Turns that need them are answered by a fallback that does, or refused " +
    "(modality_not_supported).",
  ];
}

/** What an assistant sets that its model cannot do. */
export function effortWarning({ assistant_type, model_config }: Assistant, model: Model): string[] {
  const { effort } = model_config;
  const { thinking } = model.capabilities;
  if (effort === undefined) return [];
  const what = `${assistant_type}: its effort ${effort} `;
  if (effort === "none") {
    return thinking?.by_default === true && thinking.off === "omitted"
      ? [`${what}asks for its lowest effort: ${model.model_id} cannot be kept from thinking.`]
      : [];
  }
  return thinking === undefined ? [`${what}has no effect: ${model.model_id} does not think.`] : [];
}

/** Whether a model can do what the assistants set that have it as theirs, with their guardrails. */
export function checkAssistants(model: Model, assistants: readonly Assistant[]): ModelCheck {
  const own = assistants.filter(({ is_active, model_version: id }) =>
    is_active && (id === null ? model.is_default : id === model.model_id)
  );
  const problems = own.flatMap((assistant) => effortWarning(assistant, model));
  const names = own.map(({ assistant_type: type, guardrail_id: id, guardrail_version }) =>
    id === null ? type : `${type} (guardrail ${id}, version ${guardrail_version})`
  );
  const served = names.length === 0
    ? "No assistant has it as its model."
    : `It is the model of ${names.join(", ")}.`;
  return {
    name: "assistants",
    ok: problems.length === 0,
    message: problems.length === 0 ? served : problems.join(" "),
  };
}
