/** Runs the embedded stack in a process of its own, so that its API shares no event loop. */
import { startStack } from "../../local/stack.ts";

const [stateDir = "", connections = "10"] = Deno.args;
// The API prints every refusal; a measurement that is refused says so itself.
console.error = console.warn = () => {};
const stack = await startStack({ stateDir, apiConnections: Number(connections) });
const { apiUrl, dbUrl, keys, functionsEnv } = stack;
console.log(JSON.stringify({ apiUrl, dbUrl, keys, functionsEnv }));
// Ends with the one that started it, however that ends.
await Deno.stdin.readable.pipeTo(new WritableStream()).catch(() => {});
await stack.stop();
Deno.exit(0);
