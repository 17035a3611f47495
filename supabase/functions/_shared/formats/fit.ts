import type { RefusedHistory } from "../core/app_error.ts";
import type { Model } from "../registry/model.ts";
import type { LeaveOut } from "./left_out.ts";
import type { ToolNames } from "./tool_names.ts";

/** What a history is fitted to, besides the model. */
export interface Fit {
  readonly model: Model;
  /** Of the tools that are sent; null: none are, and calls and results become text. */
  readonly names: ToolNames | null;
  /** Whether an assistant's message at the end is sent, to be continued. */
  readonly mayPrefill: boolean;
  /** What is kept from the model besides. Default: nothing. */
  readonly withheld?: RefusedHistory | undefined;
  /** Whether a guardrail looks at the question. Default: none does. */
  readonly isGuarded?: boolean;
  /** Is told every block that the model is not sent. */
  readonly leaveOut: LeaveOut;
}
