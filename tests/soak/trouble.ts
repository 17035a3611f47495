/** What goes wrong during a soak, and what operators do meanwhile. */
import type { BedrockStandInControl } from "../../stand-in/control_client.ts";
import type { FaultRuleInput } from "../../stand-in/faults/fault_rule.ts";
import type { Stack } from "../../local/stack.ts";
import { connect } from "../support/connect.ts";
import { manage } from "../support/project_client.ts";
import { pause } from "./client.ts";
import type { ChatProcesses } from "./chat_processes.ts";
import type { LossyWay } from "./lossy_way.ts";
import type { Random } from "./random.ts";

/** From then on, by the clock, no turn may begin with an older version. */
export interface Switch {
  readonly version: number;
  readonly committedBy: Date;
}

export interface TroubleOptions {
  readonly stack: Stack;
  readonly bedrock: BedrockStandInControl;
  readonly processes: ChatProcesses;
  readonly way: LossyWay;
  readonly models: readonly string[];
  readonly random: Random;
  /** Aborted when all is to be well again. */
  readonly over: AbortSignal;
  /** Milliseconds between restarts of Postgres and between kills, on average. */
  readonly outageEveryMs: number;
}

type Fault = FaultRuleInput["fault"];

const faults: readonly ((random: Random) => Fault)[] = [
  () => ({ kind: "error", exception: "ThrottlingException" }),
  () => ({ kind: "error", exception: "ThrottlingException", retryAfterSeconds: 1 }),
  () => ({ kind: "error", exception: "ServiceUnavailableException" }),
  () => ({ kind: "error", exception: "ModelErrorException" }),
  () => ({ kind: "error", exception: "AccessDeniedException" }),
  () => ({
    kind: "error",
    exception: "ValidationException",
    message: "Malformed input request: #: extraneous key [x] is not permitted.",
  }),
  () => ({ kind: "raw", status: 502, body: "<html>Bad Gateway</html>" }),
  () => ({ kind: "hang" }),
  (random) => ({ kind: "latency", ms: random.between(50, 1500) }),
  (random) => ({ kind: "frame-latency", ms: random.between(5, 60) }),
  (random) => ({ kind: "fragment", bytes: random.between(1, 300) }),
  (random) => ({ kind: "cut", afterFrames: random.between(0, 20) }),
  (random) => ({ kind: "cut", afterBytes: random.between(0, 4000), how: "reset" }),
  (random) => ({
    kind: "exception-frame",
    exception: random.pick(["ModelStreamErrorException", "InternalServerException"]),
    atFrame: random.between(0, 20),
  }),
  (random) => ({ kind: "bad-checksum", atFrame: random.between(0, 20) }),
  (random) => ({ kind: "unknown-frame", atFrame: random.between(0, 20) }),
];

export class Trouble {
  readonly #options: TroubleOptions;
  readonly switches: Switch[] = [];
  faults = 0;
  restarts = 0;

  constructor(options: TroubleOptions) {
    this.#options = options;
  }

  /** Makes trouble until it is over; then Postgres runs, and no fault rule is left. */
  async run(): Promise<void> {
    const { bedrock, way } = this.#options;
    way.loss = 0.02;
    await Promise.all([
      this.#every(250, () => this.#addFaultRule()),
      this.#every(1200, () => this.#switchModels()),
      this.#every(this.#options.outageEveryMs, () => this.#restartPostgres()),
      this.#every(this.#options.outageEveryMs, () => this.#options.processes.killOne()),
    ]);
    way.loss = 0;
    await bedrock.clearFaultRules();
  }

  async #every(averageMs: number, act: () => Promise<void>): Promise<void> {
    const { random, over } = this.#options;
    while (!over.aborted) {
      const ms = averageMs * (0.5 + random.next());
      for (let left = ms; left > 0 && !over.aborted; left -= 100) await pause(Math.min(100, left));
      if (!over.aborted) await act();
    }
  }

  async #addFaultRule(): Promise<void> {
    const { random, bedrock } = this.#options;
    await bedrock.addFaultRule(random.pick(faults)(random));
    this.faults++;
  }

  /** Together with the API: its driver may throw where nobody can catch when it is left alone. */
  async #restartPostgres(): Promise<void> {
    const { stack, random } = this.#options;
    await stack.api.stop();
    await stack.postgres.stop();
    await pause(random.between(0, 1500));
    await stack.postgres.start();
    await stack.api.start();
    this.restarts++;
  }

  /** Switches over REST and in SQL. A switch that is refused, or meets an outage, is none. */
  async #switchModels(): Promise<void> {
    const { stack, random, models } = this.#options;
    const modelId = random.pick(models);
    const version = random.chance(0.5)
      ? await this.#switchOverRest(modelId)
      : await setAssistantsModel(stack.dbUrl, modelId).catch(() => null);
    if (version !== null) this.switches.push({ version, committedBy: new Date() });
  }

  async #switchOverRest(modelId: string): Promise<number | null> {
    const { stack, random } = this.#options;
    const action = random.pick(["set-default", "enable", "disable"]);
    // While the API is away, the gateway's answer is no JSON.
    const answer = await manage(stack, { action, model_id: modelId }).catch(() => null);
    return answer?.status === 200 ? answer.body.registry_version : null;
  }
}

async function setAssistantsModel(dbUrl: string, modelId: string): Promise<number> {
  const sql = connect({ port: Number(new URL(dbUrl).port) });
  try {
    await sql`update ai_assistants set model_version = ${modelId} where assistant_type = 'health'`;
    const [row] = await sql`select version::int from registry_version`;
    return row?.version;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
