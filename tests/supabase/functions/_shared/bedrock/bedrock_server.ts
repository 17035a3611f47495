import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { createBedrockClients } from "../../../../../supabase/functions/_shared/bedrock/bedrock_client.ts";
import type { CallLimits } from "../../../../../supabase/functions/_shared/bedrock/call_guard.ts";
import {
  invokeModel,
  type ModelCall,
} from "../../../../../supabase/functions/_shared/bedrock/invoke_model.ts";
import type { ModelRequest } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import { modelRequest } from "../formats/model_request.ts";

/** One request as it reached the server. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A server that answers whatever a test gives it, and the client that calls it. */
export interface BedrockServer extends AsyncDisposable {
  readonly url: string;
  readonly client: BedrockRuntimeClient;
  readonly received: ReceivedRequest[];
  /** Calls the model of `request` with limits that no good answer reaches. */
  invoke(
    request?: Partial<ModelRequest>,
    options?: InvokeOptions,
  ): Promise<ModelCall>;
}

interface InvokeOptions {
  readonly limits?: Partial<CallLimits>;
  readonly signal?: AbortSignal;
}

export function startBedrockServer(
  answer: (request: ReceivedRequest) => Response | Promise<Response>,
): BedrockServer {
  const received: ReceivedRequest[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const seen = {
        path: pathname,
        headers: request.headers,
        body: await request.text(),
      };
      received.push(seen);
      return await answer(seen);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const client = clientOf(url);
  return {
    url,
    client,
    received,
    invoke(request = {}, { limits, signal } = {}) {
      return invokeModel({
        client,
        request: modelRequest(request),
        limits: { firstByteMs: 10_000, totalMs: 10_000, ...limits },
        ...(signal === undefined ? {} : { signal }),
        now: () => performance.now(),
      });
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** A client with a key pair for another endpoint. */
export function clientOf(endpoint: string): BedrockRuntimeClient {
  const auth = {
    kind: "key-pair",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    sessionToken: null,
  } as const;
  return createBedrockClients(
    () => ({ region: "eu-central-1", endpoint, auth }),
    fetch,
  )
    .forRegion(null);
}
