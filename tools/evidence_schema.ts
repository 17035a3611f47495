/** The schema of evidence as it is published: docs/evidence.schema.json. */
import { z } from "zod";
import {
  evidenceSchema,
  evidenceSchemaId,
} from "../supabase/functions/_shared/switching/evidence.ts";

/** The file, as JSON Schema 2020-12. */
export function publishedEvidenceSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(evidenceSchema, { unrepresentable: "any" });
  const page = { $schema, $id: evidenceSchemaId, title: "Evidence of an answer", ...schema };
  return `${JSON.stringify(page, null, 2)}\n`;
}
