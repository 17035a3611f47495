import type { BedrockClients } from "../bedrock/bedrock_client.ts";
import { invokeModel } from "../bedrock/invoke_model.ts";
import { streamModel } from "../bedrock/stream_model.ts";
import type { ModelCaller } from "./call_models.ts";

/** Calls models in Bedrock, each in the region of its row. */
export function createModelCaller(clients: BedrockClients, now: () => number): ModelCaller {
  return {
    callModel: (request, timeoutMs, signal) =>
      invokeModel({
        client: clients.forRegion(request.model.region),
        request,
        // Bedrock sends nothing before the whole answer is there, so the first byte may take as
        // long.
        limits: { firstByteMs: timeoutMs, totalMs: timeoutMs },
        ...(signal && { signal }),
        now,
      }),
    streamModel: (request, limits, signal) =>
      streamModel({
        client: clients.forRegion(request.model.region),
        request,
        limits,
        ...(signal && { signal }),
        now,
      }),
  };
}
