/**
 * The Postgres driver writes to its socket in a later turn of the event loop, and throws there,
 * where nobody can catch it, when the server has gone away in between. The query itself is
 * rejected as it should be, so the error tells nothing; unheeded, it would end the whole stack.
 *
 * @see https://github.com/porsager/postgres, `nextWrite` in `src/connection.js`, version 3.4.9
 */
export function ignoreLateWrites(): void {
  globalThis.addEventListener("error", (event) => {
    if (isLateWrite(event.error)) event.preventDefault();
  });
}

function isLateWrite(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("(reading 'write')") &&
    (error.stack ?? "").includes("nextWrite");
}
