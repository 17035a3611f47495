import { UsageError } from "./client_error.ts";

/** As the Supabase CLI names functions. */
const functionName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/**
 * The name under which a project has one of our functions, as `--chat-name` or `--openai-name`
 * gives it.
 *
 * @throws {UsageError} if no function of ours can have it
 */
export function readFunctionName(of: "chat" | "openai", name: string = of): string {
  if (functionName.test(name) && name !== "manage-bedrock-models") return name;
  throw new UsageError(
    `--${of}-name must be the name of the function, of letters, digits, - and _, not "${name}".`,
  );
}
