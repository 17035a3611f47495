/**
 * To be imported before the AWS SDK's codec: on Deno 2.1.4, `crc32` of node:zlib throws when it is
 * called, and the codec falls back to its own only where there is none. The functions do without
 * both, so this is for the stand-in and for the fixtures alone.
 */
import { createRequire } from "node:module";

const zlib = createRequire(import.meta.url)("node:zlib") as {
  crc32?: (data: Uint8Array) => number;
};

try {
  zlib.crc32?.(new Uint8Array(1));
} catch {
  delete zlib.crc32;
}
