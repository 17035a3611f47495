import { answerChecks } from "./answer_checks.ts";
import { callerChecks } from "./caller_checks.ts";
import type { SmokeCheck } from "./check.ts";
import { keyCheck } from "./key_check.ts";
import { regionCheck } from "./region_check.ts";
import { switchCheck } from "./switch_check.ts";

/** Every check, in order. What a project must prove besides is one more here. */
export const checks: readonly SmokeCheck[] = [
  ...callerChecks,
  ...answerChecks,
  keyCheck,
  switchCheck,
  regionCheck,
];
