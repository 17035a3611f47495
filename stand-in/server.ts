import { PromptCache } from "./answers/prompt_cache.ts";
import { ScriptedThinking } from "./answers/thinking_signature.ts";
import { answerCatalogCall } from "./calls/answer_catalog_call.ts";
import { answerRuntimeCall } from "./calls/answer_runtime_call.ts";
import { Clock } from "./clock.ts";
import { answerControl } from "./control/control_routes.ts";
import { FaultRules } from "./faults/fault_rules.ts";
import { Guardrails } from "./guardrails/guardrails.ts";
import { serveHttp } from "./http/serve_http.ts";
import { ModelCatalog } from "./models/model_catalog.ts";
import type { ServedModel } from "./models/served_model.ts";
import { servedModels } from "./models/served_models.ts";
import { catalogRoute, runtimeRoute } from "./operations.ts";
import { RequestLog } from "./request_log.ts";
import { AwsError } from "./wire/aws_error.ts";

export interface BedrockStandInOptions {
  /** 0, the default, is any free port. */
  readonly port?: number;
  /** Where to listen; 127.0.0.1. */
  readonly hostname?: string;
  /** The AWS region that it stands for, which signatures must name; eu-central-1. */
  readonly region?: string;
  /** The access key that it accepts: any string, and not an AWS account's. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** When set, signed requests must carry it. */
  readonly sessionToken?: string;
  /** The Bedrock API key that it accepts; none by default. */
  readonly bearerToken?: string;
  /** The models it serves; by default {@linkcode servedModels}. */
  readonly models?: readonly ServedModel[];
  /** Receives one line per call, without any of its text; by default calls are not printed. */
  readonly log?: (line: string) => void;
}

export interface BedrockStandIn {
  /**
   * Such as `http://127.0.0.1:54330`: the endpoint of runtime and control plane, and of its own
   * API.
   */
  readonly url: string;
  /** Ends open responses, stops listening, and resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Amazon Bedrock: the AWS wire protocol over HTTP/1.1, of the runtime, with
 * computed answers, and of the part of the control plane that lists models. `/_stand-in/` has the
 * stand-in's own control API; `GET /` says how to use it.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken.
 */
export async function startBedrockStandIn(
  options: BedrockStandInOptions,
): Promise<BedrockStandIn> {
  const { hostname = "127.0.0.1", region = "eu-central-1", port = 0 } = options;
  const closing = new AbortController();
  const clock = new Clock();
  const dependencies = {
    accepted: { ...options, region },
    catalog: new ModelCatalog(options.models ?? servedModels, region),
    faultRules: new FaultRules(),
    requestLog: new RequestLog(),
    clock,
    promptCache: new PromptCache(clock.now),
    guardrails: new Guardrails(region),
    scriptedThinking: new ScriptedThinking(),
    closing: closing.signal,
    log: options.log ?? (() => {}),
    region,
    hostname,
    url: "",
  };

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const runtime = runtimeRoute(request.method, url.pathname);
    if (runtime !== null) return answerRuntimeCall(request, url, runtime, dependencies);
    const catalog = catalogRoute(request.method, url.pathname);
    if (catalog !== null) return answerCatalogCall(request, url, catalog, dependencies);
    return await answerControl(request, url.pathname, dependencies) ??
      new AwsError("UnknownOperationException").toResponse(crypto.randomUUID());
  };

  const server = await serveHttp({ port, hostname }, async (request) => {
    const response = await answer(request);
    response.headers.set("x-switchboard-stand-in", "true");
    return response;
  });
  dependencies.url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`;
  return {
    url: dependencies.url,
    async close() {
      closing.abort();
      await server.close();
    },
  };
}
