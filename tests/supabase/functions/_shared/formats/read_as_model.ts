/** Puts what was prepared for a model before the stand-in, which is as strict as the model. */
import fc from "fast-check";
import { parseClaude } from "../../../../../stand-in/formats/claude_request.ts";
import { parseConverse } from "../../../../../stand-in/formats/converse_request.ts";
import { parseNova } from "../../../../../stand-in/formats/nova_request.ts";
import { bodyAlone } from "../../../../../stand-in/formats/read_options.ts";
import type { ServedModel } from "../../../../../stand-in/models/served_model.ts";
import { formatOf } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import { inferenceSettings } from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import type {
  Asked,
  ModelRequest,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { anyAsked } from "./any_asked.ts";

/** A model of the stand-in, and a row of the registry for it. */
export interface CalledModel {
  readonly served: ServedModel;
  readonly row: Model;
}

/** Models that wrote a part of what others go on with. */
export const others = ["amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-6"];

/** Anything that one of `models` may be asked, with any settings. */
export function anyCall(models: readonly CalledModel[]) {
  return fc.constantFrom(...models).chain(({ served, row }) =>
    fc.record({
      served: fc.constant(served),
      row: fc.constant(row),
      asked: anyAsked(row, [row.model_id, row.model_id, ...others]).map(frozen),
      settings: fc.record({
        temperature: fc.double({ min: 0, max: 1, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
        top_k: fc.integer({ min: 1, max: 500 }),
        max_tokens: fc.integer({ min: 1, max: 20_000 }),
      }, { requiredKeys: [] }),
    })
  );
}

/** So that a change of what is asked throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

export function prepare(row: Model, asked: Asked, settings = {}): ModelRequest {
  return prepareRequest(row, asked, inferenceSettings(row, settings));
}

/** Throws as the model would refuse it. */
export function read(request: ModelRequest, served: ServedModel): void {
  const format = formatOf(request);
  const body = JSON.parse(JSON.stringify(format.encodeRequest(request)));
  const { guardrail } = request;
  const headers = new Headers(
    guardrail === null ? {} : {
      "x-amzn-bedrock-guardrailidentifier": guardrail.id,
      "x-amzn-bedrock-guardrailversion": guardrail.version,
    },
  );
  const options = { ...bodyAlone, headers };
  switch (format.id) {
    case "nova":
      parseNova(body, served, options);
      break;
    case "claude":
      parseClaude(body, served, options);
      break;
    case "converse":
      parseConverse(body, served, options);
      break;
    default:
      format.id satisfies never;
  }
}
