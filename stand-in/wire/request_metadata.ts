import { z } from "zod";
import { invalid } from "./aws_error.ts";

const allowed = "[a-zA-Z0-9\\s:_@$#=/+,.-]";

/**
 * Pairs for the invocation logs.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const requestMetadata = z.record(
  z.string().regex(new RegExp(`^${allowed}{1,256}$`)),
  z.string().regex(new RegExp(`^${allowed}{0,256}$`)),
).refine((pairs) => {
  const count = Object.keys(pairs).length;
  return count >= 1 && count <= 16;
}, "1 to 16 pairs");

export type RequestMetadata = Readonly<z.infer<typeof requestMetadata>>;

/** Of InvokeModel; a signature must cover it, so that no one on the way can put it in. */
export const metadataHeader = "x-amzn-bedrock-request-metadata";

/** The longest header that the API's reference allows, in characters. */
const longestHeader = 8_500;

/**
 * Reads the header.
 *
 * @returns null where there is none
 * @throws {AwsError} The text of AWS is not known.
 */
export function readMetadataHeader(headers: Headers): RequestMetadata | null {
  const value = headers.get(metadataHeader);
  if (value === null) return null;
  const read = value.length <= longestHeader ? requestMetadata.safeParse(parsed(value)) : null;
  if (read?.success) return read.data;
  throw invalid("The request metadata is not a JSON object of 1 to 16 pairs of strings.");
}

/** What a Converse body has of it, as far as it can be read; null: nothing. */
export function metadataInBody(body: unknown): RequestMetadata | null {
  const read = z.object({ requestMetadata }).safeParse(body);
  return read.success ? read.data.requestMetadata : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
