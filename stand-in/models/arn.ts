/** The account in the stand-in's ARNs: the one of AWS's own examples. */
export const account = "123456789012";

/** The id that a fault rule, a change or the request log uses: the last part of an ARN. */
export function idOf(called: string): string {
  return called.startsWith("arn:") ? called.slice(called.lastIndexOf("/") + 1) : called;
}

/** The ARN of a foundation model, which names no account; an empty region is every region. */
export function foundationModelArn(modelId: string, region: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${modelId}`;
}

/** The ARN of one of the account's inference profiles. */
export function inferenceProfileArn(id: string, region: string): string {
  return `arn:aws:bedrock:${region}:${account}:inference-profile/${id}`;
}
