/** A result file of promptfoo, and what it is of. */
export interface ReadResult {
  readonly result: Record<string, unknown>;
  readonly assistant_type: string;
  readonly model_id: string;
}

/**
 * Reads a file as promptfoo writes it. Its provider names the assistant and the model.
 *
 * @returns null where it is another file; whether it is whole, the function says
 */
export function readResult(text: string): ReadResult | null {
  const result = parsed(text);
  const [first] = listAt(result, "results", "results");
  const id = valueAt(first, "provider", "id");
  const named = typeof id === "string" ? /^openai:chat:assistant\/([^/]+)\/(.+)$/.exec(id) : null;
  const [, assistant_type, model_id] = named ?? [];
  if (assistant_type === undefined || model_id === undefined) return null;
  return { result: result as Record<string, unknown>, assistant_type, model_id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function listAt(value: unknown, ...path: string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

function valueAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null
        ? (inner as Readonly<Record<string, unknown>>)[name]
        : undefined,
    value,
  );
}
