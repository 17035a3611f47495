import type { AnswerOf } from "../../supabase/functions/_shared/contract/manage.ts";
import type { RunningStack } from "../processes/running_stack.ts";

/** A switch that the operator knows to be committed. */
export interface CommittedSwitch {
  readonly way: "REST" | "SQL";
  readonly modelId: string;
  readonly version: number;
  /** When the operator was told. */
  readonly committedAt: number;
}

/** Makes the next switch of a stack. */
export type Operator = () => Promise<CommittedSwitch>;

/** The models between which the default goes to and fro. */
const models = ["eu.amazon.nova-pro-v1:0", "eu.amazon.nova-2-lite-v1:0"];

/** All assistants follow the default, so that a switch of it concerns everybody. */
export async function followDefault({ sql }: RunningStack): Promise<void> {
  await sql`update public.ai_assistants set model_version = null`;
}

/** Switches the default as the operator's command does and in SQL, alternately. */
export function operatorOf(stack: RunningStack): Operator {
  let made = 0;
  return async () => {
    const way = made % 2 === 0 ? "REST" : "SQL";
    const modelId = models[++made % models.length]!;
    const told = way === "REST"
      ? await switchByRest(stack, modelId)
      : await switchBySql(stack, modelId);
    return { way, modelId, ...told };
  };
}

type Told = Pick<CommittedSwitch, "version" | "committedAt">;

async function switchByRest({ apiUrl, keys }: RunningStack, modelId: string): Promise<Told> {
  const response = await fetch(`${apiUrl}/functions/v1/manage-bedrock-models`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys.secret}`, "content-type": "application/json" },
    body: JSON.stringify({ action: "set-default", model_id: modelId }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`The switch was refused: ${await response.text()}`);
  const body: AnswerOf<"set-default"> = await response.json();
  return { version: body.registry_version, committedAt: performance.now() };
}

/** The version is read after the switch, so it may be one that a later change made. */
async function switchBySql({ sql }: RunningStack, modelId: string): Promise<Told> {
  await sql`update public.bedrock_models set is_default = true where model_id = ${modelId}`;
  const committedAt = performance.now();
  const [row] = await sql`select version from public.registry_version`;
  return { version: Number(row?.version), committedAt };
}
