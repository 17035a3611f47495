import type {
  ActionName,
  AnswerOf,
  ArgumentsOf,
} from "../../../supabase/functions/_shared/contract/manage.ts";
import { ApiError } from "./api_error.ts";
import type { FunctionsClient } from "./functions_client.ts";

/** Calls an action of `manage-bedrock-models`. */
export type Manage = <A extends ActionName>(
  action: A,
  args: ArgumentsOf<A>,
  signal?: AbortSignal,
) => Promise<AnswerOf<A>>;

/**
 * Its answers are taken as their types say: the function itself checks what the database returns,
 * and page and functions come from one project.
 *
 * @param onForbidden Called when the user is no platform admin any more.
 */
export function createManage(
  functions: Pick<FunctionsClient, "call">,
  onForbidden: () => void,
): Manage {
  return async (action, args, signal) => {
    try {
      const response = await functions.call("manage-bedrock-models", { action, ...args }, signal);
      return await response.json();
    } catch (error) {
      if (error instanceof ApiError && error.code === "forbidden") onForbidden();
      throw error;
    }
  };
}
