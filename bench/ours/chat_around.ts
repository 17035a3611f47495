import { CircuitBreaker } from "../../supabase/functions/_shared/runs/circuit_breaker.ts";
import { readEnvironment } from "../../supabase/functions/_shared/runtime/environment.ts";
import { type ChatParts, createChat } from "../../supabase/functions/chat/create_chat.ts";

const variables = Deno.env.toObject();

export const environment = readEnvironment(variables);
const now = () => performance.now();

/** `chat` as it is, around turns and a registry of ours; without objects, media are kept nowhere. */
export function chatAround(
  parts: Pick<ChatParts, "turns" | "registry"> & Partial<Pick<ChatParts, "objects">>,
): ReturnType<typeof createChat> {
  return createChat({
    objects: {
      read: () => Promise.resolve(null),
      write: () => Promise.resolve(),
    },
    ...parts,
    environment,
    fetch,
    now,
    readEnv: (name) => variables[name],
    breaker: new CircuitBreaker({ now }),
    isOperator: () => Promise.resolve(false),
    modelEnded: () => {},
  });
}
