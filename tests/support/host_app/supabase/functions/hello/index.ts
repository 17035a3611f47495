import { greeting } from "../_shared/greeting.ts";

export default { fetch: () => new Response(greeting) };
