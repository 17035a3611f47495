/**
 * What AWS's invocation logs keep beside a call, to be joined with ours. Strings of letters, digits
 * and hyphens, which is less than AWS allows: 1 to 16 pairs, names of 1 to 256 and values of at most
 * 256 characters of `[a-zA-Z0-9\s:_@$#=/+,-.]`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-request-metadata.html
 */
export type RequestMetadata = Readonly<Record<string, string>>;

/**
 * What a run is known by. Opaque ids only: AWS keeps them, so no user stands in them, not even as a
 * hash, and no name of an assistant, which the ledger has.
 */
export interface RunIdentity {
  readonly purpose: "turn" | "call" | "trial";
  /** As in the answer and in the log; of a trial, that of the operator's request. */
  readonly requestId: string;
  /** As in `ai_usage.question_id`. */
  readonly questionId: string;
  /** As in `ai_usage.attempt`. */
  readonly attempt: number;
}

/** @param call which call of a model it is in its run, from 1: retries, fallbacks and repairs count */
export function metadataOfCall(
  { purpose, requestId, questionId, attempt }: RunIdentity,
  call: number,
): RequestMetadata {
  return {
    switchboard_purpose: purpose,
    switchboard_request_id: requestId,
    switchboard_question_id: questionId,
    switchboard_attempt: String(attempt),
    switchboard_call: String(call),
  };
}

/**
 * Of a probe, which the ledger does not have.
 *
 * @param requestId of the operator's request
 * @param check the name of the check in `model_probes.checks`
 */
export function metadataOfProbe(requestId: string, check: string): RequestMetadata {
  return {
    switchboard_purpose: "probe",
    switchboard_request_id: requestId,
    switchboard_check: check,
  };
}
