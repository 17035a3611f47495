import { decodeConverseResponse } from "./converse.ts";
import { ConverseStreamDecoder } from "./converse_stream.ts";
import type { ModelFormat } from "./model_format.ts";
import { encodeNovaRequest } from "./nova_request.ts";

/** Amazon Nova through InvokeModel. */
export const novaFormat: ModelFormat = {
  id: "nova",
  operation: "invoke",
  encodeRequest: encodeNovaRequest,
  decodeResponse: (body, request) => decodeConverseResponse(body, request, "nova"),
  createStreamDecoder: (request) => new ConverseStreamDecoder("nova", request),
};
