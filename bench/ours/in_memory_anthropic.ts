/** `anthropic` with its database replaced by memory. */
import { createAnthropic } from "../../supabase/functions/anthropic/create_anthropic.ts";
import { InMemoryCalls } from "./in_memory_calls.ts";
import { parts, registryInMemory } from "./parts.ts";

const { rows, registry } = registryInMemory();

export default createAnthropic({ ...parts, calls: new InMemoryCalls(rows), registry });
