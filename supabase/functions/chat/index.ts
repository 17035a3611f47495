import { TurnStore } from "../_shared/conversations/turn_store.ts";
import { ObjectStore } from "../_shared/media/object_store.ts";
import { readExportPage } from "../_shared/people/read_export_page.ts";
import { createInstance } from "../_shared/switching/create_instance.ts";
import { isPlatformUser } from "../_shared/switching/is_platform_user.ts";
import { createChat } from "./create_chat.ts";

const { database, ...instance } = createInstance(Deno.env.toObject(), fetch);
const { supabaseUrl, secretKeys, publicKeys } = instance.environment;

export default createChat({
  ...instance,
  turns: new TurnStore(database, instance.environment.functionRegion),
  objects: new ObjectStore({
    url: supabaseUrl,
    secretKey: secretKeys[0].key,
    publicKey: publicKeys[0]?.key ?? null,
    fetch,
  }),
  readExportPage: (userId, after) => readExportPage(database, userId, after),
  isOperator: (userId) => isPlatformUser(database, userId),
});
