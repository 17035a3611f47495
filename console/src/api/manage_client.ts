import type { FunctionsClient } from "./functions_client.ts";
import type { ManageActions } from "./manage_actions.ts";

/** Calls an action of `manage-bedrock-models`. */
export type Manage = <A extends keyof ManageActions>(
  action: A,
  args: ManageActions[A]["args"],
  signal?: AbortSignal,
) => Promise<ManageActions[A]["answer"]>;

/**
 * Its answers are taken as their types say: the function itself checks what the database returns,
 * and page and functions come from one project.
 */
export function createManage(functions: FunctionsClient): Manage {
  return async (action, args, signal) => {
    const response = await functions.call("manage-bedrock-models", {
      action,
      ...args,
    }, signal);
    return await response.json();
  };
}
