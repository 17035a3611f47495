import type { PromptCache } from "../answers/prompt_cache.ts";
import type { ScriptedThinking } from "../answers/thinking_signature.ts";
import type { FaultRules } from "../faults/fault_rules.ts";
import type { Guardrails } from "../guardrails/guardrails.ts";
import type { ModelCatalog } from "../models/model_catalog.ts";
import type { RequestLog } from "../request_log.ts";
import type { authenticate } from "../wire/authenticate.ts";

/** What a call needs besides its request. */
export interface CallDependencies {
  readonly accepted: Parameters<typeof authenticate>[1];
  readonly catalog: ModelCatalog;
  readonly faultRules: FaultRules;
  readonly requestLog: RequestLog;
  readonly promptCache: PromptCache;
  readonly guardrails: Guardrails;
  readonly scriptedThinking: ScriptedThinking;
  /** Aborted when the stand-in closes. */
  readonly closing: AbortSignal;
  /** Receives one line per call. */
  readonly log: (line: string) => void;
}
