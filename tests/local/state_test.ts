import { expect } from "@std/expect";
import { join } from "node:path";
import { StackError } from "../../local/stack_error.ts";
import { openState } from "../../local/state.ts";

function withFolder(test: (dir: string) => void): void {
  const dir = Deno.makeTempDirSync();
  try {
    test(dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

function refusal(dir: string): string {
  try {
    openState(dir).release();
  } catch (error) {
    expect(error).toBeInstanceOf(StackError);
    return (error as StackError).message;
  }
  throw new Error(`${dir} was taken.`);
}

Deno.test("openState() takes an empty folder, one that does not exist, and its own again", () => {
  withFolder((dir) => [dir, dir].forEach((path) => openState(path).release()));
  withFolder((dir) => openState(join(dir, "new", "deep")).release());
});

Deno.test("openState() leaves a folder alone that holds other things, or is taken", () => {
  withFolder((dir) => {
    const state = openState(dir);
    expect(refusal(dir)).toMatch(
      /Another stack is running on .*SWITCHBOARD_STATE_DIR/,
    );
    state.release();
  });
  withFolder((dir) => {
    Deno.writeTextFileSync(join(dir, "letter"), "");
    expect(refusal(dir)).toMatch(/holds other things.*SWITCHBOARD_STATE_DIR/);
  });
});

Deno.test("openState() says in a line that a folder cannot be made or written to", () => {
  withFolder((dir) => {
    const file = join(dir, "file");
    Deno.writeTextFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      expect(refusal(path)).toMatch(
        /^The data cannot be kept in .*: .*SWITCHBOARD_STATE_DIR/,
      );
    }
  });
});
