/** Runs a delaying proxy in a process of its own, so that it shares no event loop. */
import { serveDelayed } from "./delay_proxy.ts";

const number = (name: string) => Number(Deno.env.get(name));
serveDelayed({
  port: number("PORT"),
  targetPort: number("TARGET_PORT"),
  roundTripMs: number("ROUND_TRIP_MS"),
});
