import type { SupabaseClient } from "@supabase/supabase-js";
import { ClientError } from "./client_error.ts";

/**
 * The id of the signed-in user's conversation with the latest turn. Row level security shows a
 * user their own conversations only.
 *
 * @throws {ClientError} if there is none, or the Data API does not answer.
 */
export async function lastConversation(client: SupabaseClient): Promise<string> {
  const { data, error } = await client
    .from("ai_conversations")
    .select("id")
    .order("updated_at", { ascending: false })
    .limit(1)
    .overrideTypes<{ id: string }[], { merge: false }>();
  if (error !== null) {
    throw new ClientError(`The conversations cannot be read: ${error.message}`);
  }
  const [conversation] = data;
  if (conversation === undefined) {
    throw new ClientError(
      "There is no conversation to continue; ask once without --continue.",
    );
  }
  return conversation.id;
}
