/** `chat` with its database replaced by memory. */
import { chatAround } from "./chat_around.ts";
import { InMemoryTurns } from "./in_memory_turns.ts";
import { registryInMemory } from "./parts.ts";

const { rows, registry } = registryInMemory();

export default chatAround({ turns: new InMemoryTurns(rows), registry });
