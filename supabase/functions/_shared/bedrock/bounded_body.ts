/** When the body of a response is given up. */
export interface BodyBounds {
  /** Aborted when the call is given up, for whatever reason. */
  readonly signal: AbortSignal;
  /** Most bytes that are read. */
  readonly maxBytes: number;
  /** Called once when there are more. */
  onTooLarge(): void;
}

/**
 * Passes a response body on, at most so many bytes, until the signal is aborted; then the body is
 * cancelled and its reader gets an error at once. `fetch` and the AWS SDK do neither by
 * themselves: once a body is being read, an abort signal does not stop it.
 */
export function boundedBody(
  body: ReadableStream<Uint8Array>,
  { signal, maxBytes, onTooLarge }: BodyBounds,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let received = 0;
  let giveUp = () => {};
  const settle = () => signal.removeEventListener("abort", giveUp);
  return new ReadableStream<Uint8Array>({
    start(controller) {
      giveUp = () => {
        controller.error(new Error("The response was given up."));
        reader.cancel().catch(() => {}); // The connection may be gone already.
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp, { once: true });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) {
        settle();
        controller.close();
        return;
      }
      received += value.byteLength;
      if (received > maxBytes) {
        settle();
        onTooLarge();
        giveUp();
        return;
      }
      controller.enqueue(value);
    },
    cancel(reason) {
      settle();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
