import type { FormatId } from "../registry/model.ts";
import { claudeFormat } from "./claude.ts";
import { converseFormat } from "./converse.ts";
import type { ModelFormat } from "./model_format.ts";
import { novaFormat } from "./nova.ts";

/** Every format, by the `format` of a model's row. */
export const formats: Readonly<Record<FormatId, ModelFormat>> = {
  nova: novaFormat,
  claude: claudeFormat,
  converse: converseFormat,
};
