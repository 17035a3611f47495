/**
 * What the Postgres driver throws outside of any try when the server goes away under load:
 * it writes to its socket in a later turn of the event loop, when that is gone; and it rejects
 * queries of its own, such as the end of a transaction, that no caller awaits. The queries that
 * somebody waits for are rejected as they should be, so these errors tell nothing; unheeded, they
 * would end the whole stack.
 *
 * @see https://github.com/porsager/postgres, `src/connection.js`, version 3.4.9
 */
export function ignoreLateErrors(): void {
  globalThis.addEventListener("error", (event) => {
    if (isLateWrite(event.error)) event.preventDefault();
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    if (isLostConnection(event.reason) || isLateWrite(event.reason)) event.preventDefault();
  });
}

/** To a socket that is gone (a TypeError), or that the server has ended. */
function isLateWrite(error: unknown): boolean {
  return error instanceof Error && (error.stack ?? "").includes("nextWrite") &&
    (error.message.includes("(reading 'write')") || isLostConnection(error));
}

/** The driver's own codes, and those of a socket that the server resets. */
const lostConnection = [
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "ECONNRESET",
  "EPIPE",
];

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && "code" in error && lostConnection.includes(String(error.code));
}
