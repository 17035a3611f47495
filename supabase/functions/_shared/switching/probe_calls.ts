import type { ModelAnswer } from "../core/answer.ts";
import type { ContentBlock } from "../core/content.ts";
import { inferenceSettings } from "../formats/inference_settings.ts";
import type { Asked, Guardrail, ModelRequest } from "../formats/model_format.ts";
import { prepareRequest } from "../formats/prepare_request.ts";
import type { ModelConfig } from "../registry/assistant.ts";
import type { Model } from "../registry/model.ts";
import type { ProbeCheck } from "./model_probe.ts";

/** What a probe calls, and as which assistant. */
export interface ProbeSubject {
  readonly model: Model;
  /** Settings of the assistant that differ from the model's row. */
  readonly config: ModelConfig;
  /** The assistant's guardrail. Default: none. */
  readonly guardrail?: Guardrail | null;
  /** Whether to check what the row says of tools and images too. Default: false. */
  readonly thorough?: boolean;
}

/** One call of a probe. */
export interface ProbeCall {
  readonly name: ProbeCheck["name"];
  readonly request: ModelRequest;
  /** What is wrong with an answer that came; null: nothing. */
  readonly problemOf: (answer: ModelAnswer) => string | null;
}

/** Most tokens of an answer in words. A probe passes with an answer that is cut there. */
const fewTokens = 16;

/** Most tokens of a call of a tool, before which some models think. */
const toolTokens = 1000;

const tool = {
  name: "report_check",
  description: "Reports the result of the check.",
  inputSchema: {
    type: "object",
    properties: { word: { type: "string" } },
    required: ["word"],
    additionalProperties: false,
  },
};

/** A red square of 64 by 64 pixels, since some models refuse a smaller picture. */
const redSquare =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEXcHh4Np/MyAAAAG0lEQVR42u3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAG9PLePAAAAAElFTkSuQmCC";

/** The calls of a probe: twice in words, and one for each capability that is to be checked. */
export function probeCalls(subject: ProbeSubject): readonly ProbeCall[] {
  const { thorough = false, model: { capabilities } } = subject;
  const words = wordsRequest(subject, { type: "text", text: "Say OK." });
  return [
    { name: "invoke", request: words, problemOf: noProblem },
    { name: "stream", request: words, problemOf: noProblem },
    ...thorough && capabilities.tools !== undefined ? [toolCall(subject)] : [],
    ...thorough && capabilities.images?.types.includes("image/png") ? [imageCall(subject)] : [],
  ];
}

const noProblem = () => null;

/** Forces the tool where the row says that it can be; otherwise it is asked for in words. */
function toolCall(subject: ProbeSubject): ProbeCall {
  const question = `Call the tool ${tool.name} with {"word": "OK"}.`;
  return {
    name: "tool",
    request: requestOf(subject, [{ type: "text", text: question }], toolTokens, {
      tools: [tool],
      toolChoice: { type: "tool", name: tool.name },
      effort: "none",
    }),
    problemOf: ({ blocks, stopReason }) =>
      blocks.some((block) => block.type === "tool-use" && block.name === tool.name) ||
        stopReason === "guardrail_intervened"
        ? null
        : `It did not call the tool that it was asked to call (${stopReason}).`,
  };
}

function imageCall(subject: ProbeSubject): ProbeCall {
  const request = wordsRequest(
    subject,
    { type: "image", mediaType: "image/png", source: { kind: "base64", data: redSquare } },
    { type: "text", text: "Name the colour of this picture in one word." },
  );
  return { name: "image", request, problemOf: noProblem };
}

function wordsRequest(subject: ProbeSubject, ...blocks: ContentBlock[]): ModelRequest {
  return requestOf(subject, blocks, fewTokens, { effort: subject.config.effort ?? null });
}

function requestOf(
  { model, config, guardrail = null }: ProbeSubject,
  blocks: readonly ContentBlock[],
  mostTokens: number,
  asked: Partial<Asked>,
): ModelRequest {
  const settings = inferenceSettings(model, config);
  return prepareRequest(model, {
    system: [{ type: "text", text: "You are being checked. Answer with one word." }],
    messages: [{ role: "user", blocks, modelId: null }],
    tools: [],
    toolChoice: null,
    parallelTools: false,
    outputSchema: null,
    effort: null,
    guardrail,
    betas: [],
    ...asked,
  }, { ...settings, maxTokens: Math.min(settings.maxTokens, mostTokens) });
}
