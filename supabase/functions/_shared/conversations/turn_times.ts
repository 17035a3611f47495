import { defaultCallTimeoutMs } from "../database/fetch_within.ts";
import { readerStallMs } from "../runs/reader_stall.ts";
import { storeForMs } from "../runs/store_surely.ts";

/**
 * Milliseconds after a turn's deadline from which a turn that is still pending counts as abandoned,
 * and may be taken up again. Longer than its end can still be on its way to Postgres: a reader that
 * stalls at the deadline, then every try to store hanging. So no turn is taken up, and paid for
 * again, while its answer is being stored.
 */
export const abandonedAfterMs = readerStallMs + storeForMs + defaultCallTimeoutMs + 5_000;
