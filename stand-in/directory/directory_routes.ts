/** The operations of Bedrock's control plane that the stand-in answers. */
export const directoryOperations = [
  "ListFoundationModels",
  "GetFoundationModel",
  "ListInferenceProfiles",
  "GetInferenceProfile",
] as const;

export type DirectoryOperation = typeof directoryOperations[number];

/** A call of the control plane. */
export interface DirectoryRoute {
  readonly operation: DirectoryOperation;
  /** The id or ARN that is asked for; empty for lists. */
  readonly identifier: string;
}

/** The control-plane call that a method and path mean, or null when they mean none. */
export function directoryRoute(method: string, pathname: string): DirectoryRoute | null {
  const match = /^\/(foundation-models|inference-profiles)(?:\/([^/]+))?$/.exec(pathname);
  if (method !== "GET" || match === null) return null;
  const ofModels = match[1] === "foundation-models";
  if (match[2] === undefined) {
    const operation = ofModels ? "ListFoundationModels" : "ListInferenceProfiles";
    return { operation, identifier: "" };
  }
  try {
    const identifier = decodeURIComponent(match[2]);
    return { operation: ofModels ? "GetFoundationModel" : "GetInferenceProfile", identifier };
  } catch {
    return null; // A stray percent sign.
  }
}
