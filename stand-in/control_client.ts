import type { ScriptedAnswerInput } from "./answers/scripted_answer.ts";
import type { FaultRuleInput } from "./faults/fault_rule.ts";
import type { ActiveFaultRule } from "./faults/fault_rules.ts";
import type { GuardrailInput } from "./guardrails/guardrail.ts";
import type { ModelChangeInput } from "./models/model_change.ts";
import type { LoggedRequest } from "./request_log.ts";

export type { ActiveFaultRule, LoggedRequest };

/** The calls that a rule applies to; by default the next one, of any model. */
export type FaultRuleTarget = Omit<FaultRuleInput, "fault">;

/**
 * Sets fault rules and reads the request log of a running stand-in. Every method throws if refused.
 */
export class BedrockStandInControl {
  readonly #base: string;

  /** @param url The stand-in's own address, such as `http://127.0.0.1:54330`. */
  constructor(url: string) {
    this.#base = `${url.replace(/\/$/, "")}/_stand-in`;
  }

  /** Adds a fault for the next calls. */
  async addFaultRule(
    fault: FaultRuleInput["fault"],
    target: FaultRuleTarget = {},
  ): Promise<ActiveFaultRule> {
    return await this.#json("POST", "faults", { ...target, fault }) as ActiveFaultRule;
  }

  /** Sets an exact answer for the next calls. */
  scriptAnswer(
    answer: ScriptedAnswerInput,
    target: FaultRuleTarget = {},
  ): Promise<ActiveFaultRule> {
    return this.addFaultRule({ kind: "answer", ...answer }, target);
  }

  /** The active rules. */
  async faultRules(): Promise<readonly ActiveFaultRule[]> {
    return (await this.#json("GET", "faults") as { faults: ActiveFaultRule[] }).faults;
  }

  async clearFaultRules(): Promise<void> {
    await this.#json("DELETE", "faults");
  }

  /** The last 1,000 calls, oldest first. */
  async requests(): Promise<readonly LoggedRequest[]> {
    return (await this.#json("GET", "requests") as { requests: LoggedRequest[] }).requests;
  }

  async clearRequests(): Promise<void> {
    await this.#json("DELETE", "requests");
  }

  /**
   * Changes a model or a profile, or adds one; a foundation-model id changes all its profiles.
   * Members that are left out stay as they are.
   */
  async setModel(id: string, change: ModelChangeInput): Promise<void> {
    await this.#json("PUT", `models/${encodeURIComponent(id)}`, change);
  }

  /** Undoes every change of a model. */
  async resetModels(): Promise<void> {
    await this.#json("DELETE", "models");
  }

  /** Sets a guardrail, by its id. */
  async setDataRetentionMode(mode: string): Promise<void> {
    await this.#json("PUT", "data-retention", { mode });
  }

  async setGuardrail(id: string, guardrail: GuardrailInput = {}): Promise<void> {
    await this.#json("PUT", `guardrails/${encodeURIComponent(id)}`, guardrail);
  }

  async clearGuardrails(): Promise<void> {
    await this.#json("DELETE", "guardrails");
  }

  /** Moves the clock of the prompt cache ahead. */
  async advanceClock(seconds: number): Promise<void> {
    await this.#json("POST", "clock", { advanceSeconds: seconds });
  }

  /** Forgets every cached prompt. */
  async clearCache(): Promise<void> {
    await this.#json("DELETE", "cache");
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#base}/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The stand-in refused ${method} ${path} with ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}
