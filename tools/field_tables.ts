/**
 * Writes the field tables of the documentation from the contract: names, types and which fields are
 * required. What a field means is written by hand in the page, and kept. Writes the published schema
 * of evidence as well.
 *
 * deno task docs:fields
 */
import { z } from "zod";
import { alertRuleSchema, alertSchema } from "../supabase/functions/_shared/alerts/alert.ts";
import {
  answeringModelSchema,
  chatAnswerSchema,
  chatEventSchemas,
  chatUsageSchema,
} from "../supabase/functions/_shared/contract/chat_answer.ts";
import { chatRequestSchema } from "../supabase/functions/_shared/contract/chat_request.ts";
import {
  answeredContentSchema,
  askedContentSchema,
  shownContentSchema,
} from "../supabase/functions/_shared/contract/content.ts";
import { errorAnswerSchema } from "../supabase/functions/_shared/contract/errors.ts";
import { exportLineSchemas } from "../supabase/functions/_shared/contract/people.ts";
import { manageActions, streamedActions } from "../supabase/functions/_shared/contract/manage.ts";
import {
  assistantSummarySchema,
  listedModelSchema,
} from "../supabase/functions/_shared/contract/models.ts";
import {
  storedConversationSchema,
  storedMessageSchema,
} from "../supabase/functions/_shared/contract/stored_rows.ts";
import { listedAssistantSchema } from "../supabase/functions/_shared/contract/switching.ts";
import { apiKeySchema } from "../supabase/functions/_shared/keys/api_key.ts";
import {
  limitSchema,
  limitStateSchema,
  limitStatusSchema,
} from "../supabase/functions/_shared/limits/limit.ts";
import { erasureSchema, receiptSchema } from "../supabase/functions/_shared/people/erasure.ts";
import { legalHoldSchema } from "../supabase/functions/_shared/people/legal_hold.ts";
import { capabilitiesSchema } from "../supabase/functions/_shared/registry/capabilities.ts";
import { modelSchema } from "../supabase/functions/_shared/registry/model.ts";
import { provenanceSchema } from "../supabase/functions/_shared/runs/provenance.ts";
import { evaluationSchema } from "../supabase/functions/_shared/switching/evaluation.ts";
import { evidenceSchema } from "../supabase/functions/_shared/switching/evidence.ts";
import { explanationSchema } from "../supabase/functions/_shared/switching/explain.ts";
import { affectedSchema } from "../supabase/functions/_shared/switching/impact.ts";
import {
  modelProbeSchema,
  recordedProbeSchema,
} from "../supabase/functions/_shared/switching/model_probe.ts";
import {
  modelSwitchSchema,
  nextRollbackSchema,
} from "../supabase/functions/_shared/switching/model_switch.ts";
import { proposalSchema } from "../supabase/functions/_shared/switching/proposal.ts";
import { pricePeriodSchema } from "../supabase/functions/_shared/switching/price_period.ts";
import {
  guardFiguresSchema,
  rolloutFiguresSchema,
  rolloutSchema,
  rolloutSideSchema,
} from "../supabase/functions/_shared/switching/rollout.ts";
import { trialSchema } from "../supabase/functions/_shared/switching/trial.ts";
import { publishedEvidenceSchema } from "./evidence_schema.ts";
import { type Field, fieldsOfSchema, type JsonSchema, nounOf } from "./schema_fields.ts";

/** Objects and lists that several schemas hold: each has a table of its own, with links to it. */
const namedSchemas: Readonly<Record<string, z.ZodType>> = {
  "asked-blocks": askedContentSchema,
  "answered-blocks": answeredContentSchema,
  "shown-blocks": shownContentSchema,
  "capabilities": capabilitiesSchema,
  "model": modelSchema,
  "listed-model": listedModelSchema,
  "assistant": listedAssistantSchema,
  "assistant-summary": assistantSummarySchema,
  "probe": modelProbeSchema,
  "recorded-probe": recordedProbeSchema,
  "switch": modelSwitchSchema,
  "next-rollback": nextRollbackSchema,
  "proposal": proposalSchema,
  "affected": affectedSchema,
  "explanation": explanationSchema,
  "provenance": provenanceSchema,
  "price-period": pricePeriodSchema,
  "api-key": apiKeySchema,
  "evaluation": evaluationSchema,
  "limit": limitSchema,
  "limit-state": limitStateSchema,
  "limit-status": limitStatusSchema,
  "rollout": rolloutSchema,
  "rollout-figures": rolloutFiguresSchema,
  "rollout-side": rolloutSideSchema,
  "guard-figures": guardFiguresSchema,
  "trial": trialSchema,
  "legal-hold": legalHoldSchema,
  "erasure": erasureSchema,
  "receipt": receiptSchema,
  "alert": alertSchema,
  "alert-rule": alertRuleSchema,
  "answering-model": answeringModelSchema,
  "chat-usage": chatUsageSchema,
};

/** Every table that the documentation must have, by the name in its marker. */
export const documentedSchemas: Readonly<Record<string, z.ZodType>> = {
  "chat request": chatRequestSchema,
  "chat answer": chatAnswerSchema,
  // The data of `usage` and `done` have tables already.
  "chat event turn-start": chatEventSchemas["turn-start"],
  "chat event thinking": chatEventSchemas.thinking,
  "chat event text-delta": chatEventSchemas["text-delta"],
  "chat event tool-use": chatEventSchemas["tool-use"],
  "chat event error": chatEventSchemas.error,
  "error": errorAnswerSchema,
  "stored conversation": storedConversationSchema,
  "stored message": storedMessageSchema,
  ...Object.fromEntries(
    Object.entries(manageActions).flatMap(([name, { request, answer }]) => [
      ...Object.keys(request.shape).length === 0 ? [] : [[`${name} request`, request]],
      [`${name} answer`, answer],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(streamedActions).map(([name, request]) => [`${name} request`, request]),
  ),
  ...Object.fromEntries(
    Object.entries(exportLineSchemas).map(([type, line]) => [`export line ${type}`, line]),
  ),
  ...namedSchemas,
};

/** Fields that a table leaves out, since the page says them once for several tables. */
function omittedFrom(name: string): readonly string[] {
  const action = manageActions[name.replace(/ answer$/, "") as keyof typeof manageActions];
  if (name.endsWith(" answer") && action !== undefined) return ["success", "registry_version"];
  if (name === "listed-model") return Object.keys(modelSchema.shape);
  if (name === "limit-status") return Object.keys(limitSchema.shape);
  return name === "recorded-probe" ? Object.keys(modelProbeSchema.shape) : [];
}

/** The fields of a schema, those of anonymous objects within it included. */
function fieldsOf(schema: z.ZodType): readonly Field[] {
  const registry = z.registry<{ id: string }>();
  registry.add(evidenceSchema, { id: evidence });
  for (const [id, named] of Object.entries(namedSchemas)) {
    if (named !== schema) registry.add(named, { id });
  }
  const json = z.toJSONSchema(schema, { metadata: registry, unrepresentable: "any" });
  return fieldsOfSchema(json as JsonSchema, linkTo);
}

/** What has a schema of its own in place of a table. */
const evidence = "evidence";

/** Blocks are part of a request, too, whose table is on another page. */
function linkTo(name: string, many: boolean): string {
  if (name === evidence) return "[evidence](evidence.schema.json)";
  const words = name.replaceAll("-", " ");
  return name.endsWith("-blocks")
    ? `list of [${words}](api-fields.md#${name})`
    : `[${nounOf(words, many)}](#${name})`;
}

/** The fields that a table lists. */
export function documentedFields(name: string): readonly Field[] {
  const schema = documentedSchemas[name];
  if (schema === undefined) throw new RangeError(`There is no schema "${name}".`);
  const omitted = omittedFrom(name);
  return fieldsOf(schema).filter(({ path }) => !omitted.includes(path.split(/[.[]/)[0] ?? ""));
}

const marker = /^<!-- fields: (.+) -->\n\n((?:\|.*\n)*)/gm;

/**
 * A page with its tables as the contract has them.
 *
 * @throws {RangeError} for a marker that names no schema
 */
export function withFieldTables(page: string): string {
  return page.replace(marker, (_, name: string, table: string) => {
    const fields = documentedFields(name);
    return `<!-- fields: ${name} -->\n\n${writeTable(fields, meaningsIn(table))}`;
  });
}

/** The names in the markers of a page. */
export function markedTables(page: string): readonly string[] {
  return [...page.matchAll(marker)].map(([, name = ""]) => name);
}

function meaningsIn(table: string): ReadonlyMap<string, string> {
  return new Map(
    table.trimEnd().split("\n").slice(2).map((row) => {
      const cells = row.split("|").map((cell) => cell.trim());
      return [cells[1]?.replaceAll("`", "") ?? "", cells[4] ?? ""];
    }),
  );
}

function writeTable(fields: readonly Field[], meanings: ReadonlyMap<string, string>): string {
  const rows = [
    ["field", "type", "required", "meaning"],
    ...fields.map(({ path, type, required }) => [
      `\`${path}\``,
      type,
      required ? "yes" : "no",
      meanings.get(path) ?? "",
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const [head, ...body] = rows.map((row) =>
    line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
  );
  return [head, line(widths.map((width) => "-".repeat(width))), ...body].join("");
}

if (import.meta.main) {
  const docs = new URL("../docs/", import.meta.url);
  for (const page of ["api.md", "api-fields.md", "app.md"]) {
    const path = new URL(page, docs);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, withFieldTables(text));
  }
  const schema = new URL("evidence.schema.json", docs);
  await Deno.writeTextFile(schema, publishedEvidenceSchema());
}
