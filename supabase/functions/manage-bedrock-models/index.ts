import { createDatabase } from "../_shared/database/database.ts";
import { createAuthenticator } from "../_shared/http/authenticate.ts";
import { readEnvironment } from "../_shared/http/environment.ts";
import { logToConsole } from "../_shared/http/log.ts";
import { serve } from "../_shared/http/serve.ts";
import { ModelSwitcher } from "../_shared/registry/model_switcher.ts";
import { readRegistry } from "../_shared/registry/registry_store.ts";
import { createManageHandler } from "./handler.ts";

const environment = readEnvironment(Deno.env.toObject());
const database = createDatabase({
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0],
  fetch,
});

const handler = createManageHandler({
  authenticate: createAuthenticator(environment, fetch),
  switcher: new ModelSwitcher(database),
  readRegistry: () => readRegistry(database),
  now: Date.now,
  log: logToConsole,
});

export default { fetch: serve("manage-bedrock-models", handler, logToConsole) };
