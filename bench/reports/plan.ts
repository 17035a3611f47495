import { z } from "zod";

/** A table that a plan reads from its beginning to its end. */
export interface SequentialRead {
  readonly table: string;
  readonly rows: number;
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string | undefined;
  readonly "Actual Rows"?: number | undefined;
  readonly Plans?: PlanNode[] | undefined;
}

const nodeSchema: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    "Node Type": z.string(),
    "Relation Name": z.string().optional(),
    "Actual Rows": z.number().optional(),
    Plans: z.array(nodeSchema).optional(),
  })
);
const loggedSchema = z.object({ Plan: nodeSchema });

/**
 * The sequential scans in a plan that auto_explain logged as JSON; of a message that is none,
 * undefined.
 */
export function sequentialReads(message: string): SequentialRead[] | undefined {
  const json = /^duration: [\d.]+ ms {2}plan:\n(\{[\s\S]*\})$/.exec(message)?.[1];
  if (json === undefined) return undefined;
  return scansOf(loggedSchema.parse(JSON.parse(json)).Plan);
}

function scansOf(node: PlanNode): SequentialRead[] {
  const table = node["Relation Name"];
  const own = node["Node Type"] === "Seq Scan" && table !== undefined
    ? [{ table, rows: node["Actual Rows"] ?? 0 }]
    : [];
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)];
}
