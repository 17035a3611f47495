import { isJsonObject } from "../formats/model_format.ts";

/** What AWS answers instead of what was asked for. */
export class BedrockException extends Error {
  /** As the faults' reader looks for it. */
  readonly $response: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
  };

  /**
   * @param response The head of the response.
   * @param bytes Its body: JSON, or a page of whatever stands between.
   * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
   */
  constructor({ status, headers }: Pick<Response, "status" | "headers">, bytes: Uint8Array) {
    const body = parse(bytes);
    super(String(body["message"] ?? body["Message"] ?? ""));
    this.name = nameOf(headers.get("x-amzn-errortype") ?? body["code"] ?? body["__type"]);
    this.$response = { statusCode: status, headers: Object.fromEntries(headers) };
  }
}

/** Without its namespace, and without the address that follows it. */
function nameOf(type: unknown): string {
  if (typeof type !== "string") return "UnknownError";
  return type.split(",")[0]?.split(":")[0]?.split("#").at(-1) || "UnknownError";
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
}
