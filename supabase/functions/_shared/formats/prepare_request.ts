import type { TextBlock } from "../core/content.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import type { Model } from "../registry/model.ts";
import { acceptedBetas, acceptedMembers } from "./accepted_betas.ts";
import { fitCacheMarks, type Prompt } from "./cache_marks.ts";
import { cleanTextBlock } from "./clean_text.ts";
import { effortOn, fitThinking } from "./fit_thinking.ts";
import { countLeftOut } from "./left_out.ts";
import type { Asked, AskedEffort, AskedInference, ModelRequest } from "./model_format.ts";
import { normalizeMessages } from "./normalize_messages.ts";
import { outputInstruction, prepareOutput } from "./prepare_output.ts";
import { outputTool, prepareTools, requireTools } from "./prepare_tools.ts";
import type { ReplayableMessage } from "./replayable.ts";
import { nameTools, type ToolNames } from "./tool_names.ts";

/**
 * Fits what is asked to a model: to what its row says that it accepts. The same in, the same out.
 *
 * @param inference see `inferenceSettings()`
 * @throws {AppError} `invalid_request` where there is nothing to answer, or a tool cannot be sent
 * @throws {AppError} `modality_not_supported` where the model does not take the question; it is not
 * selected for such a one
 */
export function prepareRequest(
  model: Model,
  asked: Asked,
  inference: AskedInference,
): ModelRequest {
  requireTools(model, asked);
  const { leaveOut, leftOut } = countLeftOut();
  const { capabilities } = model;
  const betas = acceptedBetas(model, asked);
  const effort = effortFor(model, asked);
  const names = namesOf(model, asked);
  const messages = normalizeMessages(asked.messages, {
    model,
    names,
    mayPrefill: capabilities.prefill && !fitThinking(model, effort, inference).thinks,
    withheld: asked.withheld,
    isGuarded: asked.guardrail !== null,
    leaveOut,
  });
  const mayThink = effort === null || hasItsThinking(model, messages);
  const fitted = fitThinking(model, mayThink ? effort : "none", inference);
  const { thinking, thinks } = fitted;
  const output = prepareOutput(model, asked, thinks);
  const called = names === null ? null : prepareTools(model, asked, names, thinks);
  const tools = called?.tools ?? (output?.by === "tool" ? outputTool(model, output) : null);
  const system = asked.system.flatMap(cleanTextBlock);
  const words = [
    ...called?.instructions ?? [],
    ...output?.by === "instruction" ? [outputInstruction(output.schema)] : [],
  ];
  return {
    model,
    ...placePrompt(model, { tools, system, messages }, words, cachingOf(model, asked)),
    inference: {
      ...fitted.inference,
      stopSequences: capabilities.stop_sequences
        ? inference.stopSequences.filter((text) => text !== "")
        : [],
    },
    thinking,
    output,
    guardrail: asked.guardrail,
    unguarded: asked.unguarded,
    betas,
    ...acceptedMembers(asked.betaMembers, betas),
    leftOut: leftOut(),
  };
}

/** Null: no tools are sent. */
function namesOf(model: Model, { tools, messages }: Asked): ToolNames | null {
  const rule = model.capabilities.tools?.names;
  if (tools.length === 0 || rule === undefined) return null;
  return nameTools(tools.map(({ name }) => name), messages, rule);
}

/** A tool that has to be called counts for more than thinking of which nothing was said. */
function effortFor(
  model: Model,
  { effort: asked, toolChoice, withheld }: Asked,
): AskedEffort | null {
  if (withheld === "thinking") return "none";
  const effort = effortOn(model, asked);
  const { by_default, forced_tools, off } = model.capabilities.thinking ?? {};
  const isForced = toolChoice?.type === "any" || toolChoice?.type === "tool";
  const yields = by_default === true && forced_tools === false && off === "disabled";
  return effort === null && isForced && yields ? "none" : effort;
}

/**
 * With a budget, a model takes up the tools that it called only where it has the thinking before
 * them: an answer of another model has none that it could be given.
 */
function hasItsThinking({ capabilities }: Model, messages: readonly ReplayableMessage[]): boolean {
  if (capabilities.thinking?.mode !== "budget") return true;
  const blocks = messages.findLast(({ role }) => role === "assistant")?.blocks ?? [];
  const [first] = blocks;
  return first?.type === "thinking" || first?.type === "redacted-thinking" ||
    blocks.every(({ type }) => type !== "tool-use");
}

/** Cached tokens without a price have no cost, which no limit in USD could count. */
function cachingOf(model: Model, { cachesIfPriced }: Asked): Capabilities["caching"] {
  return cachesIfPriced && !hasCachePrices(model) ? undefined : model.capabilities.caching;
}

/** Whether all that a cached prompt of this model costs is known. */
export function hasCachePrices(model: Model): boolean {
  const prices = [model.cache_read_cost_per_mtok, model.cache_write_cost_per_mtok];
  if (model.capabilities.caching?.ttls.includes("1h")) {
    prices.push(model.cache_write_1h_cost_per_mtok);
  }
  return !prices.includes(null);
}

/**
 * The prompt with its cache marks. Instructions of ours follow the system prompt, so that what is
 * cached up to its end is the same with and without them. Models without a system prompt find it at
 * the head of the user's first message.
 */
function placePrompt(
  model: Model,
  prompt: Prompt,
  instructions: readonly string[],
  caching: Capabilities["caching"],
): Prompt {
  const words = instructions.map((text): TextBlock => ({ type: "text", text }));
  const { tools, system, messages } = prompt;
  switch (model.system_prompt) {
    case "supported": {
      const cached = fitCacheMarks(prompt, caching);
      return { ...cached, system: [...cached.system, ...words] };
    }
    case "unsupported": {
      const [first, ...others] = messages;
      const ours = [...system, ...words].map((block): TextBlock => ({ ...block, isOurs: true }));
      const blocks = [...ours, ...first?.blocks ?? []];
      return fitCacheMarks({
        tools,
        system: [],
        messages: blocks.length === 0 ? [] : [{ role: "user", blocks }, ...others],
      }, caching);
    }
    default:
      return model.system_prompt satisfies never;
  }
}
