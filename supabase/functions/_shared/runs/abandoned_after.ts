import { defaultCallTimeoutMs } from "../database/fetch_within.ts";
import { readerStallMs } from "./reader_stall.ts";
import { storeForMs } from "./store_surely.ts";

/**
 * Milliseconds after a run's deadline from which a turn that is still pending counts as abandoned, and
 * may be taken up again; what a run holds of limits lasts as long. Longer than its end can still be
 * on its way to Postgres: a reader that stalls at the deadline, then every try to store hanging. So
 * no turn is taken up, and paid for again, while its answer is being stored.
 */
export const abandonedAfterMs = readerStallMs + storeForMs + defaultCallTimeoutMs + 5_000;
