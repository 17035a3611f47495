import { invalid } from "./aws_error.ts";
import { concat } from "./concat.ts";

/** Most bytes of a request, as in the service model of InvokeModel. */
export const maxBodyBytes = 25_000_000;

/**
 * Reads the whole body, and stops reading when it is too large.
 *
 * @throws {AwsError} when it has more than {@linkcode maxBodyBytes}; AWS's words are not known.
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) {
      throw invalid(`The request body is larger than ${maxBodyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return concat(chunks);
}
