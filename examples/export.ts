/**
 * Exports what is stored of the signed-in user, line by line, so that no export is too large for
 * memory; in browsers, Deno and Node. An app copies this file.
 */

/** Why there is no export, or why it broke off; decide by the code. */
export class ExportError extends Error {
  override name = "ExportError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export interface ExportOptions {
  /** The project's URL. */
  readonly url: string;
  readonly publishableKey: string;
  /** The user's, as of `supabase.auth.getSession()`. */
  readonly accessToken: string;
  /** Where the function runs, such as `eu-central-1`. Default: near the caller. */
  readonly region?: string;
  readonly signal?: AbortSignal;
}

/**
 * Yields each line, one JSON object without its line break, to be written to a file or to standard
 * output as it comes. The last is of type `end`: without it, what was written is not the whole.
 *
 * @throws {ExportError} where the function refuses, or ends with an error; an `Error` where the
 *   export was cut off: ask for it again
 */
export async function* exportOwn(
  { url, publishableKey, accessToken, region, signal }: ExportOptions,
): AsyncGenerator<string, void> {
  const response = await fetch(`${url}/functions/v1/chat/export`, {
    headers: {
      apikey: publishableKey,
      authorization: `Bearer ${accessToken}`,
      ...(region && { "x-region": region }),
    },
    ...(signal && { signal }),
  });
  if (!response.ok || response.body === null) {
    const refusal = await response.json().catch(() => undefined);
    throw new ExportError(
      refusal?.error?.code ?? `http_${response.status}`,
      refusal?.error?.message ?? "The export was refused.",
    );
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let [line, lines] = ["", 0];
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const [first = "", ...others] = read.value.split("\n");
      line += first;
      for (const next of others) {
        // The type comes first: a line with a document's bytes is long to parse.
        const [, type] = /^\{"type":"(\w+)"/.exec(line) ?? [];
        if (type === "error") throw new ExportError(JSON.parse(line).code, "The export broke off.");
        if (type === "end" && JSON.parse(line).lines !== lines) {
          throw new Error("The export lacks lines: ask for it again.");
        }
        yield line;
        if (type === "end") return;
        lines += 1;
        line = next;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new Error("The export was cut off: ask for it again.");
}
