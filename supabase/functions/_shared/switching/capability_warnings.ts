import type { Capabilities } from "../registry/capabilities.ts";
import type { Assistant } from "../registry/assistant.ts";
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
      ? [`${what}has no effect: ${model.model_id} cannot be kept from thinking.`]
      : [];
  }
  return thinking === undefined ? [`${what}has no effect: ${model.model_id} does not think.`] : [];
}
