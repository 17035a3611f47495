import { greeting } from "../_shared/greeting.ts";

export default { fetch: () => Response.json({ greeting, from: "the app's chat" }) };
