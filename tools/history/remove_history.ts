import type { Connection } from "../../local/database/connect.ts";
import { settle } from "./settle.ts";

/**
 * Removes what was generated, finished or not: users, conversations, messages, their entries in the
 * ledger, and the prices of the time before. What real users did stays. So do the entries in the
 * audit log, of which nothing can be taken out without breaking its chain.
 *
 * @param connection as `supabase_admin`
 * @returns how many messages were removed; undefined if there was no history.
 */
export async function removeHistory(connection: Connection): Promise<number | undefined> {
  const [schema] = await connection`select to_regclass('local_history.run') is not null as exists`;
  if (!schema?.exists) return undefined;
  const { count } = await connection.begin(async (sql) => {
    // The ledger refuses a DELETE, from its owner too; and no row here refers to what stays.
    await sql`set local session_replication_role = replica`;
    await sql`
      delete from public.ai_usage as u using local_history.conversations as c
      where u.conversation_id = c.id`;
    const messages = await sql`
      delete from public.ai_messages as m using local_history.conversations as c
      where m.conversation_id = c.id`;
    await sql`
      delete from public.ai_conversations as c using local_history.users as u
      where c.user_id = u.id`;
    await sql`delete from public.ai_user_roles as r using local_history.users as u where r.user_id = u.id`;
    await sql`delete from auth.users as a using local_history.users as u where a.id = u.id`;
    await sql`
      delete from public.model_prices as mp using local_history.price_periods as p
      where mp.id = p.price_id
        and not exists (select from public.ai_usage as u where u.price_id = mp.id)`;
    await sql`drop schema local_history cascade`;
    return messages;
  });
  await settle(connection);
  return count;
}
