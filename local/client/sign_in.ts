import {
  createClient,
  isAuthRetryableFetchError,
  type SupabaseClient,
} from "@supabase/supabase-js";
import { ClientError } from "./client_error.ts";
import { demoPassword, type Persona, personas } from "./personas.ts";
import type { Project } from "./project.ts";

/** Most time for an answer of the Auth server or the Data API. */
const answerWithinMs = 10_000;

/**
 * Signs a demo user in, as an app does.
 *
 * @throws {ClientError} if the project does not answer, or does not know the user.
 */
export async function signIn(project: Project, persona: Persona): Promise<SupabaseClient> {
  const client = createClient(project.url, project.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      // A call that brings a signal has a time limit of its own.
      fetch: (input, init) =>
        fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(answerWithinMs) }),
    },
  });
  const { email } = personas[persona];
  const { error } = await client.auth.signInWithPassword({ email, password: demoPassword });
  if (error === null) return client;
  // Status 0 and 502 to 504: nothing, or nothing that works, is behind the URL.
  if (isAuthRetryableFetchError(error)) throw notAnswering(project.url);
  throw new ClientError(
    `${email} cannot sign in at ${project.url}: ${error.message}\n` +
      "The demo users exist in the embedded stack only.",
  );
}

/** What to say when nothing answers at the project's URL. */
export function notAnswering(url: string): ClientError {
  return new ClientError(
    `The embedded stack is not answering at ${url}; start it with: deno task dev`,
  );
}
