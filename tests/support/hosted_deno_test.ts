import { expect } from "@std/expect";
import { hostedDeno, hostedDenoPackage } from "./hosted_deno.ts";

Deno.test("hostedDenoPackage() names the binary's package, and none where there is none", () => {
  expect(hostedDenoPackage({ os: "linux", arch: "x86_64" })).toBe(
    "@deno/linux-x64-glibc@2.1.4",
  );
  expect(hostedDenoPackage({ os: "darwin", arch: "aarch64" })).toBe(
    "@deno/darwin-arm64@2.1.4",
  );
  expect(hostedDenoPackage({ os: "freebsd", arch: "x86_64" })).toBeUndefined();
});

Deno.test("hostedDeno() returns a Deno that runs, and the same one again", async () => {
  const deno = await hostedDeno();
  const { stdout } = await new Deno.Command(deno, { args: ["--version"] })
    .output();
  expect(new TextDecoder().decode(stdout)).toMatch(/^deno 2\.1\.4 /);
  expect(await hostedDeno()).toBe(deno);
});
