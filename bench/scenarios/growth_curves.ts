import type { RequestSpec } from "../load/job.ts";
import type { ServerProcess } from "../processes/server_process.ts";
import { question } from "../upstream/recorded_answers.ts";
import { addConversations, fillMessages, fillModels } from "./fill_tables.ts";
import { type GrowingProject, startProject } from "./growing_project.ts";
import type { Bench } from "./scenario.ts";

/** Something that is asked for at several sizes. */
export interface Curve {
  readonly name: string;
  readonly unit: "models" | "messages in the conversation" | "messages in the table";
  /** Whether it should cost the same at all sizes from `flatFrom` on. */
  readonly flatFrom: number | null;
  readonly points: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly size: number;
  readonly project: GrowingProject;
  readonly server: ServerProcess;
  readonly requests: readonly RequestSpec[];
  readonly expect: string;
}

/** Messages up to which a conversation is sent whole; see `turn_runner.ts`. */
const windowMessages = 100;

/** Starts projects of all sizes, and says what is asked of which. */
export async function prepareCurves(
  { plan: { growth: plan }, progress }: Bench,
  upstream: ServerProcess,
  cleanUp: AsyncDisposableStack,
): Promise<readonly Curve[]> {
  const project = async () => {
    const started = await startProject(upstream);
    cleanUp.defer(() => started.stop());
    return started;
  };
  const byModels: [number, GrowingProject][] = [];
  for (const models of plan.models) {
    progress(`growth: a project with ${models} models`);
    const made = await project();
    await fillModels(made.stack, models);
    byModels.push([models, made]);
  }
  const [, smallest] = byModels[0]!;
  const byMessages: [number, GrowingProject][] = [];
  for (const messages of plan.messages) {
    progress(`growth: a project with ${messages} messages`);
    const made = byMessages.length === 0 ? smallest : await project();
    await fillMessages(made.stack, made.users.map(({ id }) => id), messages);
    byMessages.push([messages, made]);
  }
  const conversations: CurvePoint[] = [];
  for (const messages of plan.conversations) {
    const point = turns(messages, smallest);
    conversations.push({ ...point, requests: await inConversations(smallest, messages) });
  }

  const least = plan.models[0]!;
  return [
    {
      name: "a turn",
      unit: "models",
      flatFrom: least,
      points: byModels.map(([size, made]) => turns(size, made)),
    },
    {
      name: "`list`",
      unit: "models",
      flatFrom: null,
      points: byModels.map(([size, made]) => managing(size, made, [{ action: "list" }])),
    },
    {
      name: "`set-default`",
      unit: "models",
      flatFrom: least,
      points: byModels.map(([size, made]) =>
        managing(
          size,
          made,
          ["eu.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"].map((model_id) => ({
            ...{ action: "set-default", model_id, probe: false },
          })),
        )
      ),
    },
    {
      name: "a turn",
      unit: "messages in the conversation",
      flatFrom: plan.conversations.find((messages) => messages >= windowMessages) ?? null,
      points: conversations,
    },
    {
      name: "a turn",
      unit: "messages in the table",
      flatFrom: plan.messages[0]!,
      points: byMessages.map(([size, made]) => turns(size, made)),
    },
  ];
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

function turns(size: number, project: GrowingProject): CurvePoint {
  const requests = project.users.map(({ token }) => askingChat(token));
  return { size, project, server: project.chat, requests, expect: "stand-in" };
}

/** Many short ones, because each turn makes its conversation longer. */
async function inConversations(
  { stack, users }: GrowingProject,
  messages: number,
): Promise<RequestSpec[]> {
  const { id, token } = users[0]!;
  const count = Math.min(200, Math.ceil(20_000 / messages));
  const ids = await addConversations(stack, id, { count, messages });
  return ids.map((conversationId) => askingChat(token, conversationId));
}

function managing(size: number, project: GrowingProject, bodies: readonly object[]): CurvePoint {
  const headers = { authorization: `Bearer ${project.stack.keys.secret}` };
  const requests = bodies.map((body) => ({
    ...{ path: "/manage-bedrock-models", headers },
    body: JSON.stringify(body),
  }));
  return { size, project, server: project.manage, requests, expect: "registry_version" };
}
