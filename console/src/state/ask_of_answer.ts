import { ApiError } from "../api/api_error.ts";

/** An id of an answer, by what it is of. */
type AnswerId = { readonly request_id: string } | { readonly message_id: string };

/** Asks for an answer by an id that says not whose it is: of a request or, where none, a message. */
export async function askOfAnswer<Told>(
  id: string,
  ask: (id: AnswerId) => Promise<Told>,
): Promise<Told> {
  try {
    return await ask({ request_id: id });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return await ask({ message_id: id });
  }
}
