/** What is known of a failed call. */
interface Failure {
  readonly error: { readonly code: string; readonly message: string };
  readonly status: number;
}

/**
 * SQLSTATE classes whose messages name objects of ours, never values of rows or calls: connections,
 * constraints, rollbacks, permissions and names, resources, operators and the system; and what
 * PostgREST says of itself and of its cache, not of a request.
 *
 * @see https://www.postgresql.org/docs/17/errcodes-appendix.html
 * @see https://docs.postgrest.org/en/v14/references/errors.html
 */
const withoutValues = /^(08|23|25|40|42|53|54|55|57|58|XX|PGRST[023])/;

/** Most characters of a message: a proxy's page is one, too. */
const mostCharacters = 300;

/**
 * A failed call for the log: its status, its code, and the message where that quotes no value, such
 * as `invalid input syntax for type uuid: "…"` does. Of any other, its length.
 */
export function failureText({ error, status }: Failure): string {
  const { code, message } = error;
  // Without a response, the words are those of our own fetch.
  const isOurs = status === 0 || withoutValues.test(code ?? "");
  const words = isOurs ? message.slice(0, mostCharacters) : `${message.length} characters`;
  return `${status} ${code || "without a code"}: ${words}`;
}
