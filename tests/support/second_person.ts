/** Two platform admins, a protected assistant, and what they propose, approve and sign. */
import { clinician, platformAdmin, serviceRole, type TestDatabase } from "./test_database.ts";

/** A platform admin with a session, as their token names it. */
export interface Admin {
  readonly role: "authenticated";
  readonly userId: string;
  readonly sessionId: string;
}

/** Proposals as the database describes them. */
export interface Described {
  readonly id: number;
  readonly status: string;
  readonly problem: string | null;
}

/** Signs in the platform admin and another, whom this makes one. */
export async function twoAdmins({ sql }: TestDatabase): Promise<{ ada: Admin; ben: Admin }> {
  await sql`
    update public.ai_user_roles set assistant_type = 'platform'
    where user_id = ${clinician.userId}`;
  const signIn = async ({ userId }: { readonly userId: string }): Promise<Admin> => {
    const sessionId = crypto.randomUUID();
    await sql`insert into auth.sessions (id, user_id) values (${sessionId}, ${userId})`;
    return { role: "authenticated", userId, sessionId };
  };
  return { ada: await signIn(platformAdmin), ben: await signIn(clinician) };
}

/** Protects an assistant, as an operator does; that needs no approval. */
export async function protect(database: TestDatabase, type: string): Promise<void> {
  await database.as(serviceRole, (sql) =>
    sql`
    select public.set_assistant(${type}, '{"is_protected": true}')`);
}

export async function propose(
  { as }: TestDatabase,
  change: unknown,
  { by, effectiveAt = null }: { readonly by?: Admin; readonly effectiveAt?: string | null } = {},
): Promise<Described> {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`
      select public.propose_change(
        ${sql.json(change as never)}, p_effective_at => ${effectiveAt},
        p_actor_user_id => ${by?.userId ?? null}) as answer`;
    return row?.answer.proposal;
  });
}

export async function approve({ as }: TestDatabase, by: Admin, id: number): Promise<Described> {
  return await as(by, async (sql) => {
    const [row] = await sql`select public.approve_change(${id}) as answer`;
    return row?.answer.proposal;
  });
}

export async function sign({ as }: TestDatabase, by: Admin, id: number): Promise<void> {
  await as(by, (sql) => sql`select public.sign_switch(${id}, 'Seen.')`);
}

/** The newest entry of the audit log that could need an approval. */
export async function newestEntry({ sql }: TestDatabase) {
  const [row] = await sql`
    select id::int, action, approval, proposal_id::int from public.model_switches
    order by action = 'unset-default', id desc limit 1`;
  return { ...row };
}

/** The newest entries, with how they passed. */
export async function entries({ sql }: TestDatabase, count: number) {
  const rows = await sql`
    select action, approval from public.model_switches order by id desc limit ${count}`;
  return rows.map(({ action, approval }) => `${action} ${approval}`).reverse();
}

/** Proposals and what is to be signed, as they are listed. */
export async function listed({ as }: TestDatabase) {
  return await as(serviceRole, async (sql) => {
    const [row] = await sql`select public.list_change_proposals() as answer`;
    return row?.answer as { proposals: Described[]; unsigned: { id: number }[] };
  });
}
