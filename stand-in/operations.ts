/** The operations of the Bedrock runtime that the stand-in answers. */
export const runtimeOperations = [
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "Converse",
  "ConverseStream",
  "CountTokens",
] as const;

/** The operations of the Bedrock control plane that the stand-in answers. */
export const catalogOperations = [
  "ListFoundationModels",
  "GetFoundationModel",
  "ListInferenceProfiles",
  "GetInferenceProfile",
  "GetAccountDataRetention",
] as const;

export type RuntimeOperation = typeof runtimeOperations[number];
export type CatalogOperation = typeof catalogOperations[number];
export type Operation = RuntimeOperation | CatalogOperation;

/** A call of the runtime. */
export interface RuntimeRoute {
  readonly operation: RuntimeOperation;
  /** As the caller named it: an id or an ARN. */
  readonly modelId: string;
}

/** A call of the control plane. */
export interface CatalogRoute {
  readonly operation: CatalogOperation;
  /** The requested id or ARN; empty for lists and the account. */
  readonly identifier: string;
}

const operationOfSuffix = new Map<string, RuntimeOperation>([
  ["invoke", "InvokeModel"],
  ["invoke-with-response-stream", "InvokeModelWithResponseStream"],
  ["converse", "Converse"],
  ["converse-stream", "ConverseStream"],
  ["count-tokens", "CountTokens"],
]);

/** The runtime call of a method and path; null for any other request. */
export function runtimeRoute(method: string, pathname: string): RuntimeRoute | null {
  const match = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(pathname);
  const operation = operationOfSuffix.get(match?.[2] ?? "");
  if (method !== "POST" || operation === undefined) return null;
  const modelId = decoded(match?.[1] ?? "");
  return modelId === null ? null : { operation, modelId };
}

/** The control-plane call of a method and path; null for any other request. */
export function catalogRoute(method: string, pathname: string): CatalogRoute | null {
  if (method === "GET" && pathname === "/data-retention") {
    return { operation: "GetAccountDataRetention", identifier: "" };
  }
  const match = /^\/(foundation-models|inference-profiles)(?:\/([^/]+))?$/.exec(pathname);
  if (method !== "GET" || match === null) return null;
  const ofModels = match[1] === "foundation-models";
  if (match[2] === undefined) {
    const operation = ofModels ? "ListFoundationModels" : "ListInferenceProfiles";
    return { operation, identifier: "" };
  }
  const identifier = decoded(match[2]);
  if (identifier === null) return null;
  return { operation: ofModels ? "GetFoundationModel" : "GetInferenceProfile", identifier };
}

export function isCatalogOperation(operation: Operation): operation is CatalogOperation {
  return (catalogOperations as readonly string[]).includes(operation);
}

export function isStreaming(operation: RuntimeOperation): boolean {
  switch (operation) {
    case "InvokeModelWithResponseStream":
    case "ConverseStream":
      return true;
    case "InvokeModel":
    case "Converse":
    case "CountTokens":
      return false;
    default:
      return operation satisfies never;
  }
}

export function isConverse(operation: RuntimeOperation): boolean {
  return operation === "Converse" || operation === "ConverseStream";
}

/** A part of a path without its percent encoding; null where that is broken. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
