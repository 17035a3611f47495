import { expect } from "@std/expect";
import fc from "fast-check";
import { parseClaude } from "../../../../../stand-in/formats/claude_request.ts";
import { parseConverse } from "../../../../../stand-in/formats/converse_request.ts";
import { parseNova } from "../../../../../stand-in/formats/nova_request.ts";
import { bodyAlone } from "../../../../../stand-in/formats/read_options.ts";
import type { ServedModel } from "../../../../../stand-in/models/served_model.ts";
import { servedModels } from "../../../../../stand-in/models/served_models.ts";
import { formatOf } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import { inferenceSettings } from "../../../../../supabase/functions/_shared/formats/inference_settings.ts";
import type {
  Asked,
  ModelRequest,
} from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { prepareRequest } from "../../../../../supabase/functions/_shared/formats/prepare_request.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { anyAsked, anyHistory } from "./any_asked.ts";
import { text, user } from "./blocks.ts";
import { asked } from "./model_request.ts";
import { formatsOf, servedRow } from "./served_row.ts";

/** Every model of the stand-in, in every format in which it can be called. */
const called = servedModels.flatMap((served) =>
  formatsOf(served).map((format) => ({ served, row: servedRow(served, format) }))
);

const others = ["amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-6"];

const asking = fc.constantFrom(...called).chain(({ served, row }) =>
  fc.record({
    served: fc.constant(served),
    row: fc.constant(row),
    asked: anyAsked(row, [row.model_id, row.model_id, ...others]).map(frozen),
    settings: fc.record({
      temperature: fc.double({ min: 0, max: 1, noNaN: true }),
      top_p: fc.double({ min: 0, max: 1, noNaN: true }),
      max_tokens: fc.integer({ min: 1, max: 20_000 }),
    }, { requiredKeys: [] }),
  })
);

/** So that a change of what is asked throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function prepare(row: Model, asked: Asked, settings = {}): ModelRequest {
  return prepareRequest(row, asked, inferenceSettings(row, settings));
}

/** Throws as the model would refuse it. */
function read(request: ModelRequest, served: ServedModel): void {
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

Deno.test("prepareRequest() makes of anything asked what every model accepts in every format", () => {
  fc.assert(
    fc.property(asking, ({ served, row, asked, settings }) => {
      read(prepare(row, asked, settings), served);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("prepareRequest() makes the same of the same, and of what it made nothing else", () => {
  fc.assert(
    fc.property(asking, ({ row: { capabilities, ...rest }, asked, settings }) => {
      // Where the row marks by itself, it does so once all marks of the caller's are gone.
      const caching = capabilities.caching && { ...capabilities.caching, automatic: false };
      const row = { ...rest, capabilities: { ...capabilities, caching } };
      const once = prepare(row, asked, settings);
      expect(prepare(row, asked, settings)).toEqual(once);
      const again = prepare(row, {
        ...asked,
        system: once.system,
        messages: once.messages.map(({ role, blocks }) => ({
          role,
          blocks,
          modelId: role === "assistant" ? row.model_id : null,
        })),
        tools: once.output?.by === "tool" ? [] : once.tools?.tools ?? [],
        toolChoice: null,
      }, settings);
      expect(again.messages).toEqual(once.messages);
      expect(again.leftOut).toEqual({});
    }),
    { numRuns: 300 },
  );
});

Deno.test("prepareRequest() takes hundreds of blocks", () => {
  const long = fc.constantFrom(...called).chain(({ served, row }) =>
    fc.record({
      served: fc.constant(served),
      row: fc.constant(row),
      history: anyHistory([row.model_id, ...others], { minLength: 150, maxLength: 200 }),
    })
  );
  fc.assert(
    fc.property(long, ({ served, row, history }) => {
      const messages = [...history, user(text("And now?"))];
      read(prepare(row, asked({ messages })), served);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
