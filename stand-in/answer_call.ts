import type { Answer } from "./answer/answer.ts";
import { composeAnswer } from "./answer/compose_answer.ts";
import { orderedAnswer } from "./answer/ordered_answer.ts";
import type { Timing } from "./answer/timing.ts";
import { applyFrameFaults, orderedError } from "./control/apply_faults.ts";
import type { CallFaults, FaultQueue } from "./control/fault_queue.ts";
import { bodyForJournal, type Journal, type JournalUpdate } from "./control/journal.ts";
import { readRequest } from "./dialect.ts";
import type { ModelDirectory } from "./model_directory.ts";
import { isConverse, isStreaming, type RuntimeRoute } from "./routes.ts";
import { InputTooLong } from "./validation/limits.ts";
import { wait } from "./wait.ts";
import { authenticate } from "./wire/authenticate.ts";
import { AwsError, invalid } from "./wire/aws_error.ts";
import { eventFrame, exceptionFrame } from "./wire/event_stream.ts";
import { readBody } from "./wire/read_body.ts";
import { piecesOf, writeBody } from "./wire/write_body.ts";

/** What a call needs besides the request. */
export interface CallDependencies {
  readonly accepted: Parameters<typeof authenticate>[1];
  readonly directory: ModelDirectory;
  readonly faults: FaultQueue;
  readonly journal: Journal;
  /** Aborted when the stand-in closes. */
  readonly closing: AbortSignal;
  readonly log: (line: string) => void;
}

/** Answers one call of the runtime, from its signature to the last frame. */
export async function answerCall(
  request: Request,
  url: URL,
  route: RuntimeRoute,
  dependencies: CallDependencies,
): Promise<Response> {
  const call = new Call(request, route, dependencies);
  try {
    const bytes = await readBody(request);
    const decoded = decodeJson(bytes);
    call.note({ body: bodyForJournal(bytes, decoded?.value ?? null) });
    const { method, headers } = request;
    const signed = { method, url, headers, body: bytes };
    const authentication = await authenticate(signed, dependencies.accepted, Date.now());
    call.note({ authentication });

    const faults = dependencies.faults.take(route.modelId, route.operation);
    call.note({ faults: faults.kinds });
    return await call.replyInstead(faults) ?? call.answer(decoded, faults);
  } catch (error) {
    return call.fail(error);
  }
}

class Call {
  readonly #request: Request;
  readonly #route: RuntimeRoute;
  readonly #dependencies: CallDependencies;
  readonly #started = performance.now();
  readonly #requestId = crypto.randomUUID();
  /** Adds to the call's journal entry. */
  readonly note: (update: JournalUpdate) => unknown;

  constructor(request: Request, route: RuntimeRoute, dependencies: CallDependencies) {
    this.#request = request;
    this.#route = route;
    this.#dependencies = dependencies;
    this.note = dependencies.journal.open({
      time: new Date().toISOString(),
      operation: route.operation,
      modelId: route.modelId,
      requestId: this.#requestId,
    });
  }

  /** What was ordered in place of an answer, after the wait that was ordered; else null. */
  async replyInstead(faults: CallFaults): Promise<Response | null> {
    const latency = faults.get("latency");
    if (latency !== undefined && !await this.#wait(latency.ms)) return this.#abandoned();
    if (faults.get("hang") !== undefined) {
      await this.#wait(null);
      return this.#abandoned();
    }
    const error = faults.get("error");
    if (error !== undefined) throw orderedError(error);
    const raw = faults.get("raw");
    if (raw === undefined) return null;
    this.#finish({ status: raw.status });
    return new Response(raw.body === "" ? null : raw.body, raw);
  }

  /** Reads the request, answers it, and writes the answer with what was ordered for its bytes. */
  answer(decoded: { value: unknown } | null, faults: CallFaults): Response {
    const { operation, modelId } = this.#route;
    const model = this.#dependencies.directory.resolve(modelId, operation);
    if (decoded === null) {
      throw isConverse(operation) ? new AwsError("SerializationException") : invalid(
        "Malformed input request: the body is not JSON, please reformat your input and try again.",
      );
    }
    const read = readRequest(operation, decoded.value, model);
    const order = faults.get("answer");
    const answer = order === undefined
      ? composeAnswer(read.question, model)
      : orderedAnswer(order, read.question, model);
    this.note({
      inputTokens: answer.usage?.inputTokens ?? null,
      outputTokens: answer.usage?.outputTokens ?? null,
    });
    return isStreaming(operation)
      ? this.#stream(read.events(answer, this.#timing()).map(eventFrame), faults)
      : this.#plain(read.body(answer, this.#timing()), answer, faults);
  }

  /** Turns whatever was thrown into the answer that AWS would give. */
  fail(error: unknown): Response {
    const { operation } = this.#route;
    if (error instanceof InputTooLong && error.inStream && isStreaming(operation)) {
      // Nova says so in the first frame of a 200.
      this.note({ exception: error.exception });
      return this.#stream([exceptionFrame(error)], null);
    }
    const known = error instanceof AwsError
      ? error
      : new AwsError("InternalServerException", `The stand-in failed: ${error}`);
    this.#finish({ status: known.status, exception: known.exception });
    return known.toResponse(this.#requestId);
  }

  #plain(body: Record<string, unknown>, answer: Answer, faults: CallFaults): Response {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const { frames, reset } = applyFrameFaults([bytes], faults);
    const headers = new Headers({
      "content-type": "application/json",
      "x-amzn-requestid": this.#requestId,
      "x-amzn-bedrock-invocation-latency": String(this.#timing().totalMs),
    });
    if (answer.usage !== null) {
      headers.set("x-amzn-bedrock-input-token-count", String(answer.usage.inputTokens));
      headers.set("x-amzn-bedrock-output-token-count", String(answer.usage.outputTokens));
    }
    return this.#write(frames, headers, { reset, faults, counted: false });
  }

  #stream(frames: readonly Uint8Array[], faults: CallFaults | null): Response {
    const faulty = faults === null
      ? { frames, reset: false, exception: null }
      : applyFrameFaults(frames, faults);
    if (faulty.exception !== null) this.note({ exception: faulty.exception });
    const headers = new Headers({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": this.#requestId,
    });
    if (!isConverse(this.#route.operation)) {
      headers.set("x-amzn-bedrock-content-type", "application/json");
    }
    return this.#write(faulty.frames, headers, { reset: faulty.reset, faults, counted: true });
  }

  #write(
    frames: readonly Uint8Array[],
    headers: Headers,
    { reset, faults, counted }: { reset: boolean; faults: CallFaults | null; counted: boolean },
  ): Response {
    const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
    // A body that ends before its announced length makes the server break the connection.
    if (reset) headers.set("content-length", String(size + 1));
    else if (!counted) headers.set("content-length", String(size));
    this.note({ status: 200 });
    const body = writeBody(piecesOf(frames, faults?.get("fragment")?.bytes), {
      paceMs: faults?.get("frame-latency")?.ms ?? 0,
      closing: this.#dependencies.closing,
      onEnd: ({ framesSent, clientDisconnected }) =>
        this.#finish({ framesSent: counted ? framesSent : null, clientDisconnected }),
    });
    return new Response(body, { headers });
  }

  /** Waits as ordered; false when the caller hung up or the stand-in closes. */
  #wait(ms: number | null): Promise<boolean> {
    // The request's signal is touched here only: Deno warns once when it is used at all.
    return wait(ms, [this.#request.signal, this.#dependencies.closing]);
  }

  /** An answer that nobody will read. */
  #abandoned(): Response {
    this.#finish({ clientDisconnected: !this.#dependencies.closing.aborted });
    return new Response(null, { status: 503 });
  }

  #finish(update: JournalUpdate): void {
    const durationMs = this.#timing().totalMs;
    const entry = this.note({ ...update, finished: true, durationMs }) as JournalUpdate;
    const tokens = entry.inputTokens === null
      ? ""
      : `, ${entry.inputTokens} tokens in, ${entry.outputTokens} out`;
    this.#dependencies.log(
      `${entry.operation} ${entry.modelId}: ${entry.status ?? "no answer"}` +
        `${entry.exception ? ` ${entry.exception}` : ""}${tokens}, ${durationMs} ms` +
        `${entry.clientDisconnected ? ", the caller hung up" : ""}`,
    );
  }

  #timing(): Timing {
    const ms = Math.round(performance.now() - this.#started);
    return { firstByteMs: ms, totalMs: ms };
  }
}

function decodeJson(bytes: Uint8Array): { value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}
