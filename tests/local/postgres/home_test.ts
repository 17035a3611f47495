import { expect } from "@std/expect";
import { join } from "node:path";
import { postgresHome } from "../../../local/postgres/home.ts";

Deno.test("postgresHome() is in the state folder, unless root's other user cannot get there", async () => {
  const root = Deno.uid() === 0;
  const open = await Deno.realPath(await Deno.makeTempDir());
  await Deno.chmod(open, 0o755);
  expect(postgresHome(open)).toMatchObject({
    dir: join(open, "postgres"),
    note: undefined,
  });

  const closed = await Deno.realPath(await Deno.makeTempDir());
  const { dir, user, note } = postgresHome(closed);
  if (root) {
    expect(dir).toMatch(/^\/var\/tmp\/bedrock-switchboard-[0-9a-f]{12}$/);
    expect(note).toContain(dir);
    expect(user?.uid).toBeGreaterThan(0);
  } else {
    expect({ dir, user, note })
      .toEqual({
        dir: join(closed, "postgres"),
        user: undefined,
        note: undefined,
      });
  }
  await Promise.all([open, closed].map((path) => Deno.remove(path)));
});
