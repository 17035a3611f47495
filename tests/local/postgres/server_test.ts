import { expect } from "@std/expect";
import { join } from "node:path";
import { freePort } from "../../../local/ports.ts";
import { postgresHome } from "../../../local/postgres/home.ts";
import { installPrograms } from "../../../local/postgres/programs.ts";
import { createPostgresServer, prepareHome } from "../../../local/postgres/server.ts";

/** As an initdb does whose start was killed: it goes on writing for a moment. */
const keepsWriting = `cd "$0" && n=0; while :; do
  n=$(((n + 1) % 20)); mkdir -p data.new/$n; : > data.new/$n/file; done`;

Deno.test("createPostgresServer() makes its data while an initdb of a killed start still writes", async () => {
  const dir = await Deno.makeTempDir({ dir: "/var/tmp" });
  await Deno.chmod(dir, 0o755);
  const home = postgresHome(dir);
  await prepareHome(home);
  const root = join(home.dir, "server");
  const server = createPostgresServer({
    home,
    port: freePort(),
    programs: await installPrograms(home.dir),
  });
  await Deno.mkdir(join(root, "data.new.1", "base"), { recursive: true });
  const orphan = new Deno.Command("sh", { args: ["-c", keepsWriting, root], stderr: "null" })
    .spawn();
  try {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.start();
    const left = [...Deno.readDirSync(root)].map((entry) => entry.name);
    expect(left).toContain("data");
    // Files without a writer are removed.
    expect(left).not.toContain("data.new.1");
  } finally {
    await end(orphan);
    await server.stop();
    await Deno.remove(dir, { recursive: true });
  }
});

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await child.status;
}
