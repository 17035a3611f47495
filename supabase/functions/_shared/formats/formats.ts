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

/** Nova's own body has no documents, and no way to say what a guardrail is to look at. */
function exceedsNova({ messages, guardrail }: ModelRequest): boolean {
  return guardrail !== null ||
    messages.some(({ blocks }) => blocks.some(({ type }) => type === "document"));
}
