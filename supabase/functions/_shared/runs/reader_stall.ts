/** Milliseconds for which a stream's reader may take nothing before it counts as gone. */
export const readerStallMs = 20_000;
