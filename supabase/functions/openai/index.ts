import { CallStore } from "../_shared/calls/call_store.ts";
import { createInstance } from "../_shared/switching/create_instance.ts";
import { createOpenai } from "./create_openai.ts";

const { database, ...instance } = createInstance(Deno.env.toObject(), fetch);

export default createOpenai({
  ...instance,
  calls: new CallStore(database, instance.environment.functionRegion),
});
