import type { RequestSpec } from "../load/job.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { question } from "../upstream/recorded_answers.ts";
import { addConversations } from "./fill_tables.ts";
import type { GrowingProject } from "./growing_project.ts";

/** Something that is asked of a project again and again. */
export interface GrowthAsking {
  readonly project: GrowingProject;
  readonly server: ServerProcess;
  readonly requests: readonly RequestSpec[];
  readonly expect: string;
}

export function askTurns(project: GrowingProject): GrowthAsking {
  const requests = project.users.map(({ token }) => askingChat(token));
  return { project, server: project.chat, requests, expect: "stand-in" };
}

/** Conversations of one size, in turn: each turn makes its own longer. */
const conversationCount = 10;

/** Turns of conversations of so many messages. */
export async function askTurnsIn(project: GrowingProject, messages: number): Promise<GrowthAsking> {
  const { id, token } = project.users[0]!;
  const count = conversationCount;
  const ids = await addConversations(project.stack, id, { count, messages });
  const requests = ids.map((conversationId) => askingChat(token, conversationId));
  return { ...askTurns(project), requests };
}

export function askList(project: GrowingProject): GrowthAsking {
  return askManage(project, [{ action: "list" }]);
}

export function askSetDefault(project: GrowingProject): GrowthAsking {
  const modelIds = ["eu.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"];
  return askManage(
    project,
    modelIds.map((model_id) => ({ action: "set-default", model_id, probe: false })),
  );
}

function askingChat(token: string, conversationId?: string): RequestSpec {
  return {
    path: "/chat",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      message: question,
      ...(conversationId !== undefined && { conversation_id: conversationId }),
    }),
  };
}

function askManage(project: GrowingProject, bodies: readonly object[]): GrowthAsking {
  const headers = { authorization: `Bearer ${project.stack.keys.secret}` };
  const requests = bodies.map((body) => ({
    path: "/manage-bedrock-models",
    headers,
    body: JSON.stringify(body),
  }));
  return { project, server: project.manage, requests, expect: "registry_version" };
}
