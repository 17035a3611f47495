import { TurnStore } from "../_shared/conversations/turn_store.ts";
import { createRpcClient } from "../_shared/database/rpc_client.ts";
import { ObjectStore } from "../_shared/media/object_store.ts";
import { readExportPage } from "../_shared/people/read_export_page.ts";
import { createInstance } from "../_shared/switching/create_instance.ts";
import { isPlatformUser } from "../_shared/switching/is_platform_user.ts";
import { createChat } from "./create_chat.ts";

const { database, ...instance } = createInstance(Deno.env.toObject(), fetch);
const { supabaseUrl, secretKeys, publicKeys } = instance.environment;

export default createChat({
  ...instance,
  turns: new TurnStore(database),
  objects: new ObjectStore({
    url: supabaseUrl,
    secretKey: secretKeys[0].key,
    publicKey: publicKeys[0]?.key ?? null,
    fetch,
  }),
  readExportPage: ({ userId, accessToken }, after) =>
    readExportPage(
      createRpcClient({
        url: supabaseUrl,
        // The token says who calls, whatever the key.
        secretKey: publicKeys[0]?.key ?? secretKeys[0].key,
        accessToken,
        fetch,
      }),
      userId,
      after,
    ),
  isOperator: (userId) => isPlatformUser(database, userId),
});
