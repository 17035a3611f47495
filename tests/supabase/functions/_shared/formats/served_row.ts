import type { ServedModel } from "../../../../../stand-in/models/served_model.ts";
import {
  documentFormats,
  type DocumentType,
  imageTypes,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import type { Capabilities } from "../../../../../supabase/functions/_shared/registry/capabilities.ts";
import type { FormatId, Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { modelRow } from "../model_row.ts";

const samplingRules = {
  both: "temperature_and_top_p",
  one: "temperature_or_top_p",
  none: "none",
} as const;

/** The row that a model of the stand-in would have in the registry, in one of its formats. */
export function servedRow(served: ServedModel, format: FormatId): Model {
  return modelRow({
    model_id: served.id,
    format,
    max_tokens: served.maxOutput,
    context_window: served.contextWindow,
    sampling: samplingRules[served.sampling],
    system_prompt: served.systemPrompt ? "supported" : "unsupported",
    capabilities: present({
      images: imagesOf(served),
      documents: documentsOf(served, format),
      tools: toolsOf(served),
      output_schema: served.structuredOutput,
      thinking: thinkingOf(served),
      caching: cachingOf(served),
      betas: [...served.betas[format === "converse" ? "converse" : "invoke"]],
      prefill: served.prefill,
      stop_sequences: served.stopSequences,
      count_tokens: false,
      source: undefined,
    }),
  });
}

/** The formats in which a model can be called. */
export function formatsOf({ family }: ServedModel): readonly FormatId[] {
  return family === "other" ? ["converse"] : [family, "converse"];
}

type Optional<T> = { [Key in keyof T]: T[Key] | undefined };

function present(capabilities: Optional<Required<Capabilities>>): Capabilities {
  const given = Object.entries(capabilities).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Capabilities;
}

function imagesOf({ images }: ServedModel): Capabilities["images"] {
  return images === null ? undefined : {
    max_count: 3,
    max_bytes: 3_750_000,
    max_side: 8000,
    types: [...imageTypes],
    in_tool_results: images.inToolResults,
  };
}

function documentsOf({ documents }: ServedModel, format: FormatId): Capabilities["documents"] {
  if (!documents) return undefined;
  const all = Object.keys(documentFormats) as DocumentType[];
  const own = all.filter((type) => type.startsWith("text/") || type === "application/pdf");
  return { max_count: 2, max_bytes: 4_500_000, types: format === "claude" ? own : all };
}

function toolsOf({ tools, family, structuredOutput }: ServedModel): Capabilities["tools"] {
  return tools === null ? undefined : {
    choices: [...tools.choices],
    single: family === "claude",
    names: tools.callsHyphens ? "hyphen" : "underscore",
    ids: tools.ids,
    strict: structuredOutput,
  };
}

function thinkingOf({ family, thinking }: ServedModel): Capabilities["thinking"] {
  const { byDefault, types, efforts } = thinking;
  const rest: Omit<NonNullable<Capabilities["thinking"]>, "mode"> = {
    efforts: ["low", "medium", "high"],
    by_default: byDefault,
    off: types.find((type) => type === "disabled" || type === "between_tools") ?? "omitted",
    forced_tools: false,
  };
  switch (family) {
    case "nova":
      return types.length === 0 ? undefined : { ...rest, mode: "levels" };
    case "claude": {
      if (types.length === 0) return undefined;
      return { ...rest, mode: types.includes("enabled") ? "budget" : "adaptive" };
    }
    case "other":
      return efforts === true ? { ...rest, off: "omitted", mode: "field" } : undefined;
    default:
      return family satisfies never;
  }
}

function cachingOf({ caching }: ServedModel): Capabilities["caching"] {
  return caching === null ? undefined : {
    min_tokens: caching.minTokens,
    max_points: caching.maxPoints,
    ttls: caching.ttls.length === 0 ? ["5m"] : [...caching.ttls],
    places: [...caching.places],
    automatic: true,
  };
}
