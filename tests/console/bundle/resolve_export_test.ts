import { expect } from "@std/expect";
import { resolveExport } from "../../../console/bundle/resolve_export.ts";

Deno.test("resolveExport() takes a package's first condition that a browser's bundle meets", () => {
  const exports = {
    ".": { types: "./a.d.ts", node: "./node.js", browser: "./browser.js", default: "./a.js" },
    "./hooks": { types: "./h.d.ts", import: { node: "./n.mjs", default: "./h.mjs" } },
  };
  expect(resolveExport(exports, ".")).toBe("./browser.js");
  expect(resolveExport(exports, "./hooks")).toBe("./h.mjs");
  expect(resolveExport("./only.js", ".")).toBe("./only.js");
  expect(resolveExport({ require: "./a.cjs", default: "./a.mjs" }, ".")).toBe("./a.mjs");
});

Deno.test("resolveExport() refuses what a package keeps to itself", () => {
  expect(() => resolveExport({ ".": "./a.js" }, "./inner")).toThrow("does not export ./inner");
  expect(() => resolveExport({ ".": { require: "./a.cjs" } }, ".")).toThrow("does not export .");
});
