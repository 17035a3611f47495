import Pbac from "pbac";

/** An IAM policy as the script makes it. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, readonly string[]>>>
  >;
}

/** A call as IAM sees it. */
export interface AuthorizationRequest {
  readonly action: string;
  /** An ARN, or `*` for actions that know no resources. */
  readonly resource: string;
  /** The inference profile through which a foundation model is called. */
  readonly inferenceProfileArn?: string | undefined;
}

/**
 * Whether identity policies allow a call, as the library pbac evaluates them, which is not ours. It
 * also refuses a policy that is not of IAM's grammar.
 */
export function isAllowed(
  policies: readonly Policy[],
  { action, resource, inferenceProfileArn }: AuthorizationRequest,
): boolean {
  const context = inferenceProfileArn === undefined
    ? {}
    : { bedrock: { InferenceProfileArn: inferenceProfileArn } };
  return new Pbac(policies).evaluate({ action, resource, context });
}
