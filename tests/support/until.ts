/** Waits for a condition. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let n = 0; n < 400; n++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited for ${what} in vain`);
}
