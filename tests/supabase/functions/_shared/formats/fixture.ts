/** Reads a recorded body from `fixtures/`. */
export function fixture(name: string): unknown {
  return JSON.parse(
    Deno.readTextFileSync(new URL(`./fixtures/${name}.json`, import.meta.url)),
  );
}
