/** As ECMAScript 2024 has it, and not every runtime's types. */
interface Transferable {
  transfer(newLength: number): unknown;
}

/**
 * Frees bytes at once, instead of when they are collected. The array, and any other of the same
 * buffer, is empty from then on.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength === buffer.byteLength) (buffer as ArrayBuffer & Transferable).transfer(0);
}
