import type { BegunCall, CallEnd } from "../../supabase/functions/_shared/calls/call.ts";
import type { CallStore } from "../../supabase/functions/_shared/calls/call_store.ts";
import type { Registry } from "../../supabase/functions/_shared/registry/registry.ts";
import { costOfRun } from "./cost_of_run.ts";

/** Does what the functions in Postgres do for calls that go well, with a key without limits. */
export class InMemoryCalls implements Pick<CallStore, "begin" | "raise" | "complete" | "release"> {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  begin(): Promise<BegunCall> {
    return Promise.resolve({
      scope: { assistantType: null, models: null },
      isOperator: false,
      registryVersion: this.#registry.version,
      registryHash: this.#registry.hash,
      budget: null,
      entry: {
        api_key_id: "00000000-0000-4000-8000-000000000000",
        user_hash: null,
        client_hash: null,
        begun_at: new Date().toISOString(),
        begun_xmin: "0",
      },
    });
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  raise(): Promise<null> {
    return Promise.resolve(null);
  }

  complete({ run }: CallEnd): Promise<number> {
    return Promise.resolve(costOfRun(this.#registry, run));
  }
}
