import type { Answer } from "../answers/answer.ts";
import { metadataInBody, readMetadataHeader } from "../wire/request_metadata.ts";
import type { CallFaults } from "../faults/call_faults.ts";
import { applyFrameFaults } from "../faults/frame_faults.ts";
import { pauseOf } from "../faults/pause.ts";
import { replyFault } from "../faults/reply_fault.ts";
import { InputTooLong } from "../formats/limits.ts";
import type { ReadOptions } from "../formats/read_options.ts";
import { readRequest } from "../formats/read_request.ts";
import type { Timing } from "../formats/timing.ts";
import type { ServedModel } from "../models/served_model.ts";
import { isConverse, isStreaming, type RuntimeRoute } from "../operations.ts";
import { loggedBody } from "../request_log.ts";
import { authenticate } from "../wire/authenticate.ts";
import { asAwsError, AwsError, invalid } from "../wire/aws_error.ts";
import { eventFrame, exceptionFrame, type StreamEvent } from "../wire/event_stream.ts";
import { readBody } from "../wire/read_body.ts";
import { piecesOf, writeBody, type WriteOptions } from "../wire/write_body.ts";
import { answerQuestion } from "./answer_question.ts";
import type { CallDependencies } from "./call_dependencies.ts";
import { countTokens } from "./count_tokens.ts";
import { LoggedCall } from "./logged_call.ts";

/** Answers one call of the runtime, from its signature to the last frame. */
export async function answerRuntimeCall(
  request: Request,
  url: URL,
  route: RuntimeRoute,
  dependencies: CallDependencies,
): Promise<Response> {
  const call = new RuntimeCall(route, dependencies);
  try {
    const bytes = await readBody(request);
    const decoded = decodeJson(bytes);
    call.note({ body: loggedBody(bytes, decoded?.value ?? null) });
    const { method, headers } = request;
    const signed = { method, url, headers, body: bytes };
    const authentication = await authenticate(signed, dependencies.accepted, Date.now());
    call.note({ authentication });
    call.note({
      requestMetadata: isConverse(route.operation)
        ? metadataInBody(decoded?.value)
        : readMetadataHeader(headers),
    });

    const faults = dependencies.faultRules.take(route.modelId, route.operation);
    call.note({ faults: faults.kinds });
    const reply = await replyFault(faults, () => [request.signal, dependencies.closing]);
    return reply === null ? call.answer(decoded, headers, faults) : call.endWith(reply);
  } catch (error) {
    return call.fail(error);
  }
}

class RuntimeCall extends LoggedCall {
  readonly #route: RuntimeRoute;
  readonly #dependencies: CallDependencies;

  constructor(route: RuntimeRoute, dependencies: CallDependencies) {
    super(dependencies, route.operation, route.modelId);
    this.#route = route;
    this.#dependencies = dependencies;
  }

  /** Ends the call with a fault's reply. */
  endWith(reply: Response | "abandoned"): Response {
    if (reply !== "abandoned") {
      this.finish({ status: reply.status });
      return reply;
    }
    this.finish({ clientDisconnected: !this.#dependencies.closing.aborted });
    return new Response(null, { status: 503 });
  }

  /** Reads the request, answers it, and writes the answer with the faults of its bytes. */
  answer(decoded: { value: unknown } | null, headers: Headers, faults: CallFaults): Response {
    const { operation, modelId } = this.#route;
    const { catalog, scriptedThinking } = this.#dependencies;
    const model = catalog.resolve(modelId, operation);
    if (decoded === null) {
      throw isConverse(operation) ? new AwsError("SerializationException") : invalid(
        "Malformed input request: the body is not JSON, please reformat your input and try again.",
      );
    }
    const options: ReadOptions = {
      headers,
      wroteIt: (id, block) => scriptedThinking.has(id, block),
    };
    if (operation === "CountTokens") return this.#count(decoded.value, model, options);
    const read = readRequest(operation, decoded.value, model, options);
    const answer = answerQuestion(read.question, model, operation, faults, this.#dependencies);
    this.note({
      inputTokens: answer.usage?.inputTokens ?? null,
      outputTokens: answer.usage?.outputTokens ?? null,
      cacheReadTokens: answer.usage?.cacheReadTokens ?? null,
      cacheWriteTokens: answer.usage?.cacheWriteTokens ?? null,
    });
    return isStreaming(operation)
      ? this.#streamEvents(read.events(answer, this.#timing()), faults)
      : this.#plain(read.body(answer, this.#timing()), answer, faults);
  }

  /** The answer that AWS would give to an error. */
  fail(error: unknown): Response {
    const { operation } = this.#route;
    if (error instanceof InputTooLong && error.inStream && isStreaming(operation)) {
      // Nova says so in the first frame of a 200.
      this.note({ exception: error.exception });
      return this.#stream([exceptionFrame(error)], null);
    }
    const known = asAwsError(error);
    this.finish({ status: known.status, exception: known.exception });
    return known.toResponse(this.requestId);
  }

  #count(body: unknown, model: ServedModel, options: ReadOptions): Response {
    const inputTokens = countTokens(body, model, options);
    this.note({ inputTokens });
    this.finish({ status: 200 });
    return Response.json({ inputTokens }, { headers: { "x-amzn-requestid": this.requestId } });
  }

  #plain(body: Record<string, unknown>, answer: Answer, faults: CallFaults): Response {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const { frames, reset } = applyFrameFaults([bytes], faults);
    const headers = new Headers({
      "content-type": "application/json",
      "x-amzn-requestid": this.requestId,
      "x-amzn-bedrock-invocation-latency": String(this.elapsedMs),
    });
    if (answer.usage !== null) {
      headers.set("x-amzn-bedrock-input-token-count", String(answer.usage.inputTokens));
      headers.set("x-amzn-bedrock-output-token-count", String(answer.usage.outputTokens));
    }
    return this.#write(frames, headers, { reset, faults, counted: false, pause: null });
  }

  #streamEvents(events: readonly StreamEvent[], faults: CallFaults): Response {
    return this.#stream(events.map(eventFrame), faults, pauseOf(events, faults));
  }

  #stream(
    frames: readonly Uint8Array[],
    faults: CallFaults | null,
    pause: WrittenBody["pause"] = null,
  ): Response {
    const faulty = faults === null
      ? { frames, reset: false, exception: null }
      : applyFrameFaults(frames, faults);
    if (faulty.exception !== null) this.note({ exception: faulty.exception });
    const headers = new Headers({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": this.requestId,
    });
    if (!isConverse(this.#route.operation)) {
      headers.set("x-amzn-bedrock-content-type", "application/json");
    }
    const { reset } = faulty;
    return this.#write(faulty.frames, headers, { reset, faults, counted: true, pause });
  }

  #write(
    frames: readonly Uint8Array[],
    headers: Headers,
    { reset, faults, counted, pause }: WrittenBody,
  ): Response {
    const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
    // A body that ends before its announced length makes the server break the connection.
    if (reset) headers.set("content-length", String(size + 1));
    else if (!counted) headers.set("content-length", String(size));
    this.note({ status: 200 });
    const body = writeBody(piecesOf(frames, faults?.get("fragment")?.bytes), {
      paceMs: faults?.get("frame-latency")?.ms ?? 0,
      pause,
      closing: this.#dependencies.closing,
      onEnd: ({ framesSent, clientDisconnected }) =>
        this.finish({ framesSent: counted ? framesSent : null, clientDisconnected }),
    });
    return new Response(body, { headers });
  }

  #timing(): Timing {
    return { firstByteMs: this.elapsedMs, totalMs: this.elapsedMs };
  }
}

interface WrittenBody {
  /** Whether the connection breaks after the last frame. */
  readonly reset: boolean;
  readonly faults: CallFaults | null;
  /** Whether the request log counts its frames. */
  readonly counted: boolean;
  readonly pause: NonNullable<WriteOptions["pause"]> | null;
}

function decodeJson(bytes: Uint8Array): { value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}
