/** Turns that end in every way there is, for tests of what is counted. */
import { expect } from "@std/expect";
import { collectEvents } from "./event_stream.ts";
import type { FreshProject } from "./fresh_project.ts";
import type { Answer } from "./project_client.ts";

export const novaPro = "eu.amazon.nova-pro-v1:0";
export const novaLite = "eu.amazon.nova-lite-v1:0";
export const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";
export const sonnet = "eu.anthropic.claude-sonnet-5-5";

/** What was answered; the partial answer is streamed and told by its end only. */
export interface PlayedTurns {
  /** By Nova Lite, in one conversation; the second read from a cache. */
  readonly patient: readonly [Answer, Answer];
  /** By Nova Pro. */
  readonly admin: Answer;
  /** By Claude Sonnet, in place of Claude 3.5 Sonnet. */
  readonly clinician: Answer;
}

const denied = { kind: "error", exception: "AccessDeniedException" } as const;

/**
 * Plays six turns: four with an answer, one of them by a fallback; one that breaks off, of Nova
 * Lite for the patient; and one that fails, of Nova Pro for the admin.
 */
export async function playTurns(project: FreshProject): Promise<PlayedTurns> {
  const { ask, bedrock } = project;
  const first = await ask("patient", "What helps against a headache?");
  const usage = { inputTokens: 11, outputTokens: 7, cacheReadTokens: 500 };
  await bedrock.scriptAnswer(
    { content: [{ type: "text", text: "Rest." }], usage },
    { model: novaLite },
  );
  const { conversation_id } = first.body;
  const second = await ask("patient", {
    message: "And else?",
    conversation_id,
  });
  const admin = await ask("admin", "Who answers?");
  await bedrock.addFaultRule(denied, { model: claude35 });
  const clinician = await ask("clinician", "Which dose?");
  for (const { status } of [first, second, admin, clinician]) {
    expect(status).toBe(200);
  }

  await bedrock.addFaultRule(denied, { model: novaPro });
  const failed = await ask("admin", { message: "Who fails?", fallback: false });
  expect([failed.status, failed.body.error.code]).toEqual([
    502,
    "bedrock_access_denied",
  ]);

  await bedrock.addFaultRule({ kind: "cut", afterFrames: 3 }, {
    model: novaLite,
  });
  const events = await collectEvents(await askStream(project));
  expect(events.at(-1)?.data).toMatchObject({ stored: { status: "partial" } });
  return { patient: [first, second], admin, clinician };
}

async function askStream(
  { apiUrl, keys, token }: FreshProject,
): Promise<Response> {
  return await fetch(`${apiUrl}/functions/v1/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await token("patient")}`,
      apikey: keys.publishable,
      "content-type": "application/json",
    },
    body: JSON.stringify({ message: "Tell me more.", stream: true }),
  });
}
