/** The operations of the runtime that the stand-in answers. */
export const operations = [
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "Converse",
  "ConverseStream",
] as const;

export type Operation = typeof operations[number];

/** A call of the runtime. */
export interface RuntimeRoute {
  readonly operation: Operation;
  /** As the caller named it: an id or an ARN. */
  readonly modelId: string;
}

const operationOfSuffix = new Map<string, Operation>([
  ["invoke", "InvokeModel"],
  ["invoke-with-response-stream", "InvokeModelWithResponseStream"],
  ["converse", "Converse"],
  ["converse-stream", "ConverseStream"],
]);

/** The runtime call that a method and path mean, or null when they mean none. */
export function runtimeRoute(method: string, pathname: string): RuntimeRoute | null {
  const match = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(pathname);
  const operation = operationOfSuffix.get(match?.[2] ?? "");
  if (method !== "POST" || match === null || operation === undefined) return null;
  try {
    return { operation, modelId: decodeURIComponent(match[1] ?? "") };
  } catch {
    return null; // A stray percent sign.
  }
}

export function isStreaming(operation: Operation): boolean {
  switch (operation) {
    case "InvokeModelWithResponseStream":
    case "ConverseStream":
      return true;
    case "InvokeModel":
    case "Converse":
      return false;
    default:
      return operation satisfies never;
  }
}

export function isConverse(operation: Operation): boolean {
  return operation === "Converse" || operation === "ConverseStream";
}
