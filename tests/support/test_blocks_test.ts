import { expect } from "@std/expect";
import { TestBlocks } from "./test_blocks.ts";

const printed = `running 3 tests from ./all.ts
it works ... ok (1ms)
it prints ...
------- output -------
a line of the test's own
----- output end -----
it prints ... ok (2ms)
it has steps ...
  one step ... \x1b[0m\x1b[32mok\x1b[0m (1ms)
it has steps ... \x1b[0m\x1b[31mFAILED\x1b[0m \x1b[0m(3ms)

FAILED | 2 passed (1 step) | 1 failed (20ms)`;

Deno.test("TestBlocks shows each test's lines together, however they arrive, and loses none", () => {
  for (const size of [1, 7, 1000]) {
    const shown: string[] = [];
    const blocks = new TestBlocks({
      set: "modules",
      alone: false,
      show: (block) => shown.push(block),
    });
    for (let at = 0; at < printed.length; at += size) blocks.take(printed.slice(at, at + size));
    blocks.end();
    expect(shown.join("").replaceAll(" [modules]", "").trim()).toBe(printed.trim());
    expect(shown.map((block) => block.trimEnd().split("\n").at(-1))).toEqual([
      "it works ... ok (1ms) [modules]",
      "it prints ... ok (2ms) [modules]",
      expect.stringMatching(/^it has steps .*FAILED.* \[modules\]$/),
      "FAILED | 2 passed (1 step) | 1 failed (20ms)",
    ]);
  }
});

Deno.test("TestBlocks shows each line at once where nothing runs beside", () => {
  const shown: string[] = [];
  const blocks = new TestBlocks({
    set: "modules",
    alone: true,
    show: (block) => shown.push(block),
  });
  blocks.take("running 1 test from ./all.ts\nit works ... ok (1ms)\n");
  expect(shown).toEqual(["running 1 test from ./all.ts\n", "it works ... ok (1ms) [modules]\n"]);
});
