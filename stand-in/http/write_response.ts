import type { ServerResponse } from "node:http";

/**
 * Writes a web-standard response as the caller takes it, and cancels its body when the caller hangs
 * up.
 *
 * @param gone Aborted when the caller hangs up.
 * @throws {RangeError} when the body is not as long as announced.
 */
export async function writeResponse(
  response: Response,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  outgoing.statusCode = response.status;
  if (response.statusText !== "") outgoing.statusMessage = response.statusText;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  const { body } = response;
  if (body === null || outgoing.req.method === "HEAD") {
    await body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const reader = body.getReader();
  const leave = () => void reader.cancel().catch(() => {});
  gone.addEventListener("abort", leave, { once: true });
  // The caller may have hung up before there was an answer.
  if (gone.aborted) leave();
  let written = 0;
  for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) {
    if (gone.aborted) return;
    written += next.value.byteLength;
    if (!outgoing.write(next.value)) await drained(outgoing, gone);
  }
  const announced = response.headers.get("content-length");
  if (announced !== null && Number(announced) !== written) {
    throw new RangeError("the body is short");
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve();
    outgoing.once("drain", () => resolve());
    gone.addEventListener("abort", () => resolve(), { once: true });
  });
}
