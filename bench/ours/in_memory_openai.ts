/** `openai` with its database replaced by memory. */
import { createOpenai } from "../../supabase/functions/openai/create_openai.ts";
import { InMemoryCalls } from "./in_memory_calls.ts";
import { parts, registryInMemory } from "./parts.ts";

const { rows, registry } = registryInMemory();

export default createOpenai({ ...parts, calls: new InMemoryCalls(rows), registry });
