/** What the tests of the functions use of the stand-in. */

/** A running stand-in. */
export interface StandIn {
  readonly url: string;
  readonly control: Control;
}

/** Faults and answers of its next calls, as `stand-in/faults/fault_rule.ts` describes them. */
export interface Control {
  addFaultRule(
    fault: { kind: string; [key: string]: unknown },
    target?: { model?: string; operations?: readonly string[] },
  ): Promise<unknown>;
  scriptAnswer(
    answer: { content: readonly object[]; stopReason?: string; usage?: object },
  ): Promise<unknown>;
  requests(): Promise<readonly unknown[]>;
  clearRequests(): Promise<void>;
  /** As `stand-in/models/model_change.ts` describes it. */
  setModel(id: string, change: Readonly<Record<string, unknown>>): Promise<void>;
  resetModels(): Promise<void>;
  /** As `stand-in/guardrails/guardrail.ts` describes it. */
  setGuardrail(id: string, guardrail?: Readonly<Record<string, unknown>>): Promise<void>;
  clearCache(): Promise<void>;
}

export const standInCredentials = {
  accessKeyId: "AKIASTANDIN",
  secretAccessKey: "stand-in-secret",
};
export const standInApiKey = "stand-in-api-key";

/** Runs `body` with a stand-in of its own. */
export async function withStandIn(body: (standIn: StandIn) => Promise<void>): Promise<void> {
  const { startBedrockStandIn } = await importStandIn("server.ts");
  const { BedrockStandInControl } = await importStandIn("control_client.ts");
  const standIn = await startBedrockStandIn({ ...standInCredentials, bearerToken: standInApiKey });
  try {
    await body({ url: standIn.url, control: new BedrockStandInControl(standIn.url) });
  } finally {
    await standIn.close();
  }
}

/**
 * Imports by a computed address, so that it is not type-checked with the tests: the stand-in is
 * written for the current TypeScript, and these tests run with the hosted runtime's as well.
 */
// deno-lint-ignore no-explicit-any
export async function importStandIn(path: string): Promise<any> {
  return await import(new URL(`../../../../../stand-in/${path}`, import.meta.url).href);
}
