import type { FormatId } from "../registry/model.ts";
import { claudeFormat } from "./claude.ts";
import { converseFormat } from "./converse.ts";
import type { ModelFormat, ModelRequest } from "./model_format.ts";
import { novaFormat } from "./nova.ts";

/** Every format, by the `format` of a model's row. */
export const formats: Readonly<Record<FormatId, ModelFormat>> = {
  nova: novaFormat,
  claude: claudeFormat,
  converse: converseFormat,
};

/**
 * The format in which a request goes out: that of the model's row, but Converse for what Nova's own
 * body has no place for. Both count as the same call for AWS's permissions and quotas.
 */
export function formatOf(request: ModelRequest): ModelFormat {
  const { format } = request.model;
  return format === "nova" && exceedsNova(request) ? formats.converse : formats[format];
}

/**
 * Nova's own body has no documents, no way to say what a guardrail is to look at, and no place for
 * how to think on which AWS's pages agree.
 */
function exceedsNova({ messages, guardrail, thinking }: ModelRequest): boolean {
  return guardrail !== null || thinking !== null ||
    messages.some(({ blocks }) => blocks.some(({ type }) => type === "document"));
}
