import { CallStore } from "../_shared/calls/call_store.ts";
import { createInstance } from "../_shared/switching/create_instance.ts";
import { createAnthropic } from "./create_anthropic.ts";

const { database, ...instance } = createInstance(Deno.env.toObject(), fetch);

export default createAnthropic({
  ...instance,
  calls: new CallStore(database, instance.environment.functionRegion),
});
