/**
 * Frees bytes at once, instead of when they are collected. The array, and any other of the same
 * buffer, is empty from then on.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
}
