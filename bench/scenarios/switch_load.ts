import type { ServerProcess } from "../processes/server_process.ts";
import type { BenchUser } from "../users.ts";

/** An answer, and when it was asked for. */
export interface SeenAnswer {
  readonly process: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly modelId: string;
  readonly registryVersion: number;
}

/** Users who ask processes of `chat` without a break, one each. */
export class SwitchLoad {
  readonly #answers: SeenAnswer[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #running: Promise<void[]>;
  #asking = true;
  #failure: Error | null = null;

  /** @param pauseMs between an answer and the next question */
  constructor(processes: readonly ServerProcess[], users: readonly BenchUser[], pauseMs = 0) {
    this.#running = Promise.all(
      processes.map(async ({ origin }, process) => {
        const { token } = users[process % users.length]!;
        while (this.#asking) {
          await this.#ask(origin, token, process);
          if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      }),
    );
  }

  get answers(): readonly SeenAnswer[] {
    return this.#answers;
  }

  /** Waits until each process has answered something that was asked after `moment`. */
  async allAnsweredSince(moment: number, processes: number): Promise<void> {
    const since = () =>
      new Set(
        this.#answers.slice(-20 * processes).filter(({ sentAt }) => sentAt >= moment)
          .map(({ process }) => process),
      );
    while (since().size < processes) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#asking = false;
    await this.#running;
    if (this.#failure !== null) throw this.#failure;
  }

  async #ask(origin: string, token: string, process: number): Promise<void> {
    const sentAt = performance.now();
    try {
      const response = await fetch(`${origin}/chat`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ message: "Which model answers me?" }),
        signal: AbortSignal.timeout(30_000),
      });
      const body = await response.json();
      if (!response.ok) throw new Error(`status ${response.status}: ${JSON.stringify(body)}`);
      this.#answers.push({
        process,
        sentAt,
        endedAt: performance.now(),
        modelId: body.model.model_id,
        registryVersion: body.registry_version,
      });
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.#asking = false;
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
