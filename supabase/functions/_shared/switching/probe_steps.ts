import type { ModelAnswer } from "../core/answer.ts";
import { type ContentBlock, type DocumentType, isTextType, textOf } from "../core/content.ts";
import { isJsonObject, type JsonObject, type ModelRequest } from "../formats/model_format.ts";
import { documentWord, onePage, redSquare, textDocument } from "./probe_media.ts";
import { fewTokens, probeRequest, type ProbeSubject, system } from "./probe_request.ts";
import type { ProbeStep, Verdict } from "./probe_step.ts";

/** Most tokens of a call of a tool or of a JSON answer, before which some models think. */
const mostTokens = 1000;

const schema: JsonObject = {
  type: "object",
  properties: { word: { type: "string" } },
  required: ["word"],
  additionalProperties: false,
};

const tool = {
  name: "report_check",
  description: "Reports the result of the check.",
  inputSchema: schema,
};

/** The steps of a probe: two calls in words, and a check of each capability if it is thorough. */
export function probeSteps(subject: ProbeSubject): readonly ProbeStep[] {
  const { thorough = false, config } = subject;
  const request = probeRequest(subject, [text("Say OK.")], fewTokens, {
    effort: config.effort ?? null,
  });
  const judge = () => passed();
  return [
    { name: "invoke", request, judge },
    { name: "stream", request, judge },
    ...thorough ? contentChecks(subject) : [],
  ];
}

/** One check for each thing that the row has; none is left out silently. */
function contentChecks(subject: ProbeSubject): readonly ProbeStep[] {
  const { tools, output_schema, images, documents, caching } = subject.model.capabilities;
  return [
    ...tools ? [toolCheck(subject)] : [],
    ...output_schema ? [schemaCheck(subject)] : [],
    ...images ? [imageCheck(subject, images.types)] : [],
    ...documents ? [documentCheck(subject, documents.types)] : [],
    ...caching ? [cachingCheck(subject, caching)] : [],
  ];
}

/** Forces the tool where the row says that it can be; otherwise it is asked for in words. */
function toolCheck(subject: ProbeSubject): ProbeStep {
  const question = `Call the tool ${tool.name} with {"word": "OK"}.`;
  return {
    name: "tool",
    request: probeRequest(subject, [text(question)], mostTokens, {
      tools: [tool],
      toolChoice: { type: "tool", name: tool.name },
      effort: "none",
    }),
    judge: ({ blocks, stopReason }) =>
      blocks.some((block) => block.type === "tool-use" && block.name === tool.name) ||
        stopReason === "guardrail_intervened"
        ? passed()
        : failed(`It did not call the tool that it was asked to call (${stopReason}).`),
  };
}

/** As a turn with an `output_schema` asks, but without a second call where the answer does not fit. */
function schemaCheck(subject: ProbeSubject): ProbeStep {
  const outputSchema = { name: "check", description: null, schema };
  return {
    name: "schema",
    request: probeRequest(subject, [text('Answer with {"word": "OK"}.')], mostTokens, {
      outputSchema,
      effort: "none",
    }),
    judge: ({ blocks, stopReason }) =>
      fitsSchema(textOf(blocks)) || stopReason === "guardrail_intervened"
        ? passed()
        : failed(`Its answer does not fit the schema that it was sent (${stopReason}).`),
  };
}

function fitsSchema(answer: string): boolean {
  try {
    const value: unknown = JSON.parse(answer);
    return isJsonObject(value) && typeof value["word"] === "string";
  } catch {
    return false;
  }
}

function imageCheck(subject: ProbeSubject, types: readonly string[]): ProbeStep {
  if (!types.includes("image/png")) {
    return { name: "image", reason: `the probe has no image of ${list(types)}` };
  }
  return {
    name: "image",
    request: mediaRequest(
      subject,
      { type: "image", mediaType: "image/png", source: { kind: "base64", data: redSquare } },
      "Name the colour of this picture in one word.",
    ),
    judge: (answer) => shown(answer, /\bred\b/i, "The image"),
  };
}

function documentCheck(subject: ProbeSubject, types: readonly DocumentType[]): ProbeStep {
  const mediaType = types.find((type) => type === "application/pdf") ?? types.find(isTextType);
  if (mediaType === undefined) {
    return { name: "document", reason: `the probe has no document of ${list(types)}` };
  }
  if (mediaType !== "application/pdf" && subject.model.format === "nova") {
    return { name: "document", reason: "the format nova has documents of text sent as text" };
  }
  const data = mediaType === "application/pdf" ? onePage : textDocument;
  return {
    name: "document",
    request: mediaRequest(
      subject,
      { type: "document", mediaType, name: "check", source: { kind: "base64", data } },
      "Which word is in this document?",
    ),
    judge: (answer) => shown(answer, new RegExp(documentWord, "i"), "The document"),
  };
}

/** Without thinking, which could use up the few tokens before the answer. */
function mediaRequest(subject: ProbeSubject, media: ContentBlock, question: string): ModelRequest {
  return probeRequest(subject, [media, text(question)], fewTokens, { effort: "none" });
}

/** A model may answer in other words, or think first, so that only its taking the call is judged. */
function shown({ blocks }: ModelAnswer, word: RegExp, what: string): Verdict {
  return passed(
    word.test(textOf(blocks))
      ? `${what} was read.`
      : `${what} was accepted; the answer does not show that it was read.`,
  );
}

type Caching = NonNullable<ProbeSubject["model"]["capabilities"]["caching"]>;

/** Marks every place that the row has, for as long as it has; nothing is long enough to be cached. */
function cachingCheck(subject: ProbeSubject, caching: Caching): ProbeStep {
  const { model } = subject;
  const { capabilities } = model;
  const marksTools = caching.places.includes("tools") && capabilities.tools !== undefined;
  if (!marksTools && caching.places.every((place) => place === "tools")) {
    return { name: "caching", reason: "the row caches tools only, and takes none" };
  }
  const cache = { ttl: caching.ttls.includes("1h") ? "1h" : null } as const;
  const unbounded = {
    ...model,
    capabilities: { ...capabilities, caching: { ...caching, min_tokens: 1 } },
  };
  return {
    name: "caching",
    request: probeRequest(
      { ...subject, model: unbounded },
      [{ ...text("Say OK."), cache }],
      fewTokens,
      {
        system: [{ ...system, cache }],
        tools: marksTools ? [{ ...tool, cache }] : [],
        effort: "none",
      },
    ),
    judge: () => passed("Cache points were accepted; the prompt is too short to be cached."),
  };
}

function passed(found = ""): Verdict {
  return { ok: true, text: found };
}

function failed(problem: string): Verdict {
  return { ok: false, text: problem };
}

function text(words: string) {
  return { type: "text", text: words } as const;
}

function list(types: readonly string[]): string {
  return types.join(", ");
}
