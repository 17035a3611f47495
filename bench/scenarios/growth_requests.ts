import type { RequestSpec } from "../load/job.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { openaiRequests } from "../servers/request_sets.ts";
import { question } from "../upstream/recorded_answers.ts";
import { addConversations } from "./fill_tables.ts";
import type { GrowingProject } from "./growing_project.ts";

/** Requests that are sent to a project repeatedly. */
export interface GrowthRequests {
  readonly project: GrowingProject;
  readonly server: ServerProcess;
  readonly requests: readonly RequestSpec[];
  readonly expect: string;
}

export function turnRequests(project: GrowingProject): GrowthRequests {
  const requests = project.users.map(({ token }) => turnRequest(token));
  return { project, server: project.chat, requests, expect: "stand-in" };
}

export function callRequests(project: GrowingProject): GrowthRequests {
  const { requests, expect } = openaiRequests(project.apiKey)("json");
  return { project, server: project.openai, requests, expect };
}

/** Conversations of one size, used alternately: each turn makes its own longer. */
const conversationCount = 10;

/** Turns of conversations with this many messages. */
export async function turnRequestsIn(
  project: GrowingProject,
  messages: number,
): Promise<GrowthRequests> {
  const { id, token } = project.users[0]!;
  const count = conversationCount;
  const ids = await addConversations(project.stack, id, { count, messages });
  const requests = ids.map((conversationId) => turnRequest(token, conversationId));
  return { ...turnRequests(project), requests };
}

export function listRequests(project: GrowingProject): GrowthRequests {
  return manageRequests(project, [{ action: "list" }]);
}

export function setDefaultRequests(project: GrowingProject): GrowthRequests {
  const modelIds = ["eu.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"];
  return manageRequests(
    project,
    modelIds.map((model_id) => ({ action: "set-default", model_id, probe: false })),
  );
}

function turnRequest(token: string, conversationId?: string): RequestSpec {
  return {
    path: "/chat",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      message: question,
      ...(conversationId !== undefined && { conversation_id: conversationId }),
    }),
  };
}

function manageRequests(project: GrowingProject, bodies: readonly object[]): GrowthRequests {
  const headers = { authorization: `Bearer ${project.stack.keys.secret}` };
  const requests = bodies.map((body) => ({
    path: "/manage-bedrock-models",
    headers,
    body: JSON.stringify(body),
  }));
  return { project, server: project.manage, requests, expect: "registry_version" };
}
