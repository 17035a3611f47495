/**
 * `chat`, which tells at `/memory` the most memory of its isolate since that was last asked for:
 * V8's used heap, uncollected garbage included, and the bytes outside it.
 */
import { TurnStore } from "../../supabase/functions/_shared/conversations/turn_store.ts";
import { createRpcClient } from "../../supabase/functions/_shared/database/rpc_client.ts";
import { ObjectStore } from "../../supabase/functions/_shared/media/object_store.ts";
import { RegistryCache } from "../../supabase/functions/_shared/registry/registry_cache.ts";
import { readRegistry } from "../../supabase/functions/_shared/registry/registry_store.ts";
import { chatAround } from "../ours/chat_around.ts";
import { environment } from "../ours/parts.ts";

const project = {
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0].key,
  fetch,
};
const database = createRpcClient(project);
const chat = chatAround({
  turns: new TurnStore(database, environment.functionRegion),
  objects: new ObjectStore({ ...project, publicKey: environment.publicKeys[0]?.key ?? null }),
  registry: new RegistryCache({
    load: () => readRegistry(database, { region: "eu-central-1" }),
    ttlMs: environment.registryTtlMs,
    now: () => performance.now(),
    reportStale: () => {},
  }),
});

let peak = 0;

function note(): void {
  const { heapUsed, external } = Deno.memoryUsage();
  peak = Math.max(peak, heapUsed + external);
}

setInterval(note, 1);

export default {
  fetch(request: Request): Response | Promise<Response> {
    if (new URL(request.url).pathname !== "/memory") return chat.fetch(request);
    note();
    const most = peak;
    peak = 0;
    return Response.json(most);
  },
};
