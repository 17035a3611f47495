import { expect } from "@std/expect";
import { FileBlocks } from "./file_blocks.ts";

const printed = `
running 2 tests from ./tests/one_test.ts
it works ... ok (1ms)
------- output -------
a line of the test's own
----- output end -----
it works again ... ok (2ms)
\x1b[38;5;245mrunning 1 test from ./tests/two_test.ts\x1b[0m
it works too ... ok (1ms)

ok | 3 passed | 0 failed (20ms)`;

Deno.test("FileBlocks shows each file's lines together, however they arrive, and loses none", () => {
  for (const size of [1, 7, 1000]) {
    const shown: string[] = [];
    const blocks = new FileBlocks({
      set: "modules",
      alone: false,
      show: (block) => shown.push(block),
    });
    for (let at = 0; at < printed.length; at += size) blocks.take(printed.slice(at, at + size));
    blocks.end();
    expect(shown.join("").replaceAll(" [modules]", "").trim()).toBe(printed.trim());
    expect(shown.slice(1).map((block) => /from (\S+_test\.ts)\S* \[modules\]/.exec(block)?.[1]))
      .toEqual([
        "./tests/one_test.ts",
        "./tests/two_test.ts",
      ]);
  }
});

Deno.test("FileBlocks shows each line at once where nothing runs beside", () => {
  const shown: string[] = [];
  const blocks = new FileBlocks({
    set: "modules",
    alone: true,
    show: (block) => shown.push(block),
  });
  blocks.take("running 1 test from ./tests/one_test.ts\nit works ... ok\n");
  expect(shown).toEqual([
    "running 1 test from ./tests/one_test.ts [modules]\n",
    "it works ... ok\n",
  ]);
});
