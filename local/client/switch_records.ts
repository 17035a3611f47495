import type postgres from "postgres";

/** An entry of the audit log that made a model the default. */
export interface SwitchRecord {
  readonly at: Date;
  readonly source: string;
  readonly model_id: string;
  readonly registry_version: number;
}

/** What the answers say about one switch: did it reach everyone? */
export interface SwitchReceipt {
  readonly registry_version: number;
  /** Answers to questions that were asked after the switch. */
  readonly answers_since: number;
  /** Those of them that an older registry chose the model of. */
  readonly by_older_registry: number;
}

/** The newest entry of the audit log, by its id. */
export async function lastSwitchId(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`select coalesce(max(id), 0)::text as id from public.model_switches`;
  return row?.id;
}

/** The switches of the default after an entry of the audit log, oldest first. */
export function switchesSince(sql: postgres.Sql, id: string): Promise<readonly SwitchRecord[]> {
  return sql<SwitchRecord[]>`
    select created_at as at, source, model_id, registry_version::integer
    from public.model_switches
    where action = 'set-default' and id > ${id}
    order by id`;
}

/**
 * The receipt query: how many answers came after each switch, and how many of those were still
 * chosen by an older registry.
 *
 * @param id of the audit-log entry after which switches count
 */
export function receiptQuery(id: string): string {
  return `select s.registry_version, count(*) as answers_since,
  count(*) filter (where a.registry_version < s.registry_version) as by_older_registry
from model_switches as s
join ai_messages as q on q.begun_at > s.created_at
join ai_messages as a on a.conversation_id = q.conversation_id and a.seq = q.seq + 1
where s.action = 'set-default' and s.id > ${BigInt(id)}
group by s.registry_version
order by s.registry_version`;
}

/** Runs {@linkcode receiptQuery}. */
export async function readReceipts(
  sql: postgres.Sql,
  id: string,
): Promise<readonly SwitchReceipt[]> {
  const rows = await sql.unsafe(receiptQuery(id));
  return rows.map((row) => ({
    registry_version: Number(row.registry_version),
    answers_since: Number(row.answers_since),
    by_older_registry: Number(row.by_older_registry),
  }));
}
