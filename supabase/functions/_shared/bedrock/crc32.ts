/**
 * The CRC-32 of ISO 3309, which event streams use, four bytes at a time: row n of the table is for a
 * byte that n more follow. @see RFC 1952, section 8
 */
const table = new Int32Array(4 * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[byte] = value;
}
for (let at = 256; at < table.length; at++) {
  const before = table[at - 256]!;
  table[at] = (before >>> 8) ^ table[before & 0xff]!;
}

/** The checksum of `bytes`, as an unsigned number of 32 bits. */
export function crc32(bytes: Uint8Array): number {
  let value = -1;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    value ^= bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    value = table[768 + (value & 0xff)]! ^ table[512 + (value >>> 8 & 0xff)]! ^
      table[256 + (value >>> 16 & 0xff)]! ^ table[value >>> 24]!;
  }
  for (; at < bytes.length; at++) value = (value >>> 8) ^ table[(value ^ bytes[at]!) & 0xff]!;
  return ~value >>> 0;
}
