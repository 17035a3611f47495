/** The project's public surface as its users and operators reach it: HTTP, and SQL. */
import { createClient, type SupportedStorage } from "@supabase/supabase-js";
import type { ProjectKeys } from "../../local/keys.ts";
import { expectChatAnswer, expectManageAnswer } from "./contract.ts";

/** The demo users, by whom they are. */
export const personas = {
  patient: "patient@example.com",
  clinician: "clinician@example.com",
  facility: "facility@example.com",
  admin: "admin@example.com",
} as const;

export type Persona = keyof typeof personas;

/** Where a project answers. */
export interface Project {
  readonly apiUrl: string;
  readonly keys: ProjectKeys;
}

/** An HTTP answer with its body read. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- the tests assert on its shape
  readonly body: any;
  readonly headers: Headers;
}

/**
 * Signs a demo user in and returns the access token.
 *
 * @param storage Keeps the session as a browser's would. Default: it is not kept.
 */
export async function signIn(
  project: Project,
  persona: Persona,
  storage?: SupportedStorage,
): Promise<string> {
  const client = createClient(project.apiUrl, project.keys.publishable, {
    auth: {
      persistSession: storage !== undefined,
      autoRefreshToken: false,
      ...(storage !== undefined && { storage }),
    },
  });
  const { data, error } = await client.auth.signInWithPassword({
    email: personas[persona],
    password: "switchboard",
  });
  if (error) throw error;
  return data.session.access_token;
}

/** Sends a body to a function as it is; strings and bytes are not encoded. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array
      ? body as BodyInit
      : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: JSON.parse(text),
    headers: response.headers,
  };
}

/**
 * Asks `chat`, through the gateway or, with `url`, one process of the function. The answer must be
 * one of the contract.
 */
export async function chat(
  project: Project,
  token: string,
  body: unknown,
  url = `${project.apiUrl}/functions/v1/chat`,
): Promise<Answer> {
  const answer = await post(url, body, {
    authorization: `Bearer ${token}`,
    apikey: project.keys.publishable,
  });
  expectChatAnswer(answer.status, answer.body);
  return answer;
}

/**
 * Asks `manage-bedrock-models` with the secret key, or another credential. The answer must be one
 * of the contract.
 */
export async function manage(
  project: Project,
  body: unknown,
  credential = project.keys.secret,
): Promise<Answer> {
  const answer = await post(`${project.apiUrl}/functions/v1/manage-bedrock-models`, body, {
    authorization: `Bearer ${credential}`,
  });
  expectManageAnswer(body, answer.status, answer.body);
  return answer;
}
