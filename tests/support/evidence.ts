/** Evidence as an auditor checks it: by the published schema, and by following each link. */
import { expect } from "@std/expect";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readSource } from "./source_files.ts";
import type { FreshProject } from "./fresh_project.ts";
import { manage } from "./project_client.ts";

/** Another maker's validator than the one that the schema comes from. */
const validate = new Ajv2020({ allErrors: true, validateFormats: false })
  .compile(JSON.parse(readSource("docs/evidence.schema.json")));

export interface Link {
  readonly table: string;
  readonly id: string;
}

/** What names an answer, and what is asked for besides. */
export interface EvidenceRequest {
  readonly message_id?: string;
  readonly request_id?: string;
  readonly include_words?: boolean;
}

/** The evidence of an answer, valid, and with links that all lead to rows. */
export async function evidenceOf(
  project: FreshProject,
  request: EvidenceRequest,
  credential?: string,
) {
  const { status, body } = await manage(project, { action: "evidence", ...request }, credential);
  expect([status, body.error]).toEqual([200, undefined]);
  const { evidence } = body;
  expect({ valid: validate(evidence), errors: validate.errors }).toEqual({
    valid: true,
    errors: null,
  });
  for (const link of linksIn(evidence)) {
    expect({ link, rows: await rowsOf(project, link) }).toEqual({ link, rows: 1 });
  }
  return evidence;
}

/** Every link of a document, wherever it stands. */
export function linksIn(value: unknown): Link[] {
  if (typeof value !== "object" || value === null) return [];
  const keys = Object.keys(value).sort().join();
  return keys === "id,table" ? [value as Link] : Object.values(value).flatMap(linksIn);
}

async function rowsOf({ sql }: FreshProject, { table, id }: Link): Promise<number> {
  const key = table === "model_switch_signatures" ? "switch_id" : "id";
  const rows = await sql`select from ${sql(`public.${table}`)} where ${sql(key)}::text = ${id}`;
  return rows.length;
}
