import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import {
  functionFolders,
  lockOf,
  lockTextOf,
  type ProjectLock,
} from "../../tools/function_locks.ts";
import { readSource } from "../support/source_files.ts";

const lock: ProjectLock = {
  version: "5",
  specifiers: {
    "npm:app@1.0.0": "1.0.0_host@2.0.0",
    "npm:@scope/tool@3.0.0": "3.0.0",
    "npm:unused@1.0.0": "1.0.0",
  },
  npm: {
    "app@1.0.0_host@2.0.0": {
      integrity: "sha512-app",
      dependencies: ["host", "part@1.0.0"],
      optionalPeers: ["host"],
    },
    "@scope/tool@3.0.0": { integrity: "sha512-tool", dependencies: ["leaf", "part@2.0.0"] },
    "host@2.0.0": { integrity: "sha512-host" },
    "leaf@1.0.0": { integrity: "sha512-leaf" },
    "part@1.0.0": { integrity: "sha512-part1" },
    "part@2.0.0": { integrity: "sha512-part2", optionalDependencies: ["leaf"] },
    "unused@1.0.0": { integrity: "sha512-unused" },
  },
};

Deno.test("lockOf() takes what a function needs, in version 4, and no peer of another package", () => {
  expect(lockOf({ app: "npm:app@1.0.0", tool: "npm:@scope/tool@3.0.0/sub" }, lock)).toEqual({
    version: "4",
    specifiers: { "npm:@scope/tool@3.0.0": "3.0.0", "npm:app@1.0.0": "1.0.0" },
    npm: {
      "@scope/tool@3.0.0": { integrity: "sha512-tool", dependencies: ["leaf", "part@2.0.0"] },
      "app@1.0.0": { integrity: "sha512-app", dependencies: ["part@1.0.0"] },
      "leaf@1.0.0": { integrity: "sha512-leaf" },
      "part@1.0.0": { integrity: "sha512-part1" },
      "part@2.0.0": { integrity: "sha512-part2", dependencies: ["leaf"] },
    },
    workspace: { dependencies: ["npm:@scope/tool@3.0.0", "npm:app@1.0.0"] },
  });
});

Deno.test("lockOf() names a package without its version where the function has one of them", () => {
  const { npm } = lockOf({ tool: "npm:@scope/tool@3.0.0" }, lock);
  expect(npm["@scope/tool@3.0.0"]?.dependencies).toEqual(["leaf", "part"]);
});

Deno.test("lockOf() refuses a package that the project has not locked, and another format", () => {
  expect(() => lockOf({ x: "npm:x@1.0.0" }, lock)).toThrow("deno.lock has no npm:x@1.0.0");
  expect(() => lockOf({ x: "jsr:@std/x@1.0.0" }, lock)).toThrow("is not an npm package");
  expect(() => lockOf({}, { ...lock, version: "6" })).toThrow("version 6");
});

Deno.test("the functions' lock files are those of the project, as `deno task lock:functions` writes them", () => {
  const folders = functionFolders(projectRoot);
  expect(folders).toContain("supabase/functions/chat");
  for (const folder of folders) {
    const path = `${folder}/deno.lock`;
    expect({ path, text: readSource(path) })
      .toEqual({ path, text: lockTextOf(projectRoot, folder) });
    expect(readSource("supabase/config.toml")).toContain(
      `static_files = ["./${folder.slice("supabase/".length)}/deno.lock"]`,
    );
  }
});
