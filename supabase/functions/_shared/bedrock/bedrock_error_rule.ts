import type { ErrorCode, RefusedHistory } from "../core/app_error.ts";
import type { BedrockFault } from "./bedrock_fault.ts";

/** What one kind of fault means, in words an operator can act on. */
export interface BedrockErrorRule {
  readonly code: ErrorCode;
  /** Any one of these parts of AWS's text, in lower case. */
  readonly texts?: readonly string[];
  /** Any one of these names. */
  readonly names?: readonly string[];
  /** Any one of these statuses. */
  readonly statuses?: readonly number[];
  readonly message: (modelId: string, fault: BedrockFault) => string;
  readonly hint?: string;
  /** What the model may be asked without, where it stands in the history. */
  readonly refusedHistory?: RefusedHistory;
}
