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

Deno.test("createPostgresServer() starts what was installed under a umask that closes everything", async () => {
  const dir = await Deno.makeTempDir({ dir: "/var/tmp" });
  await Deno.chmod(dir, 0o755);
  const home = postgresHome(dir);
  const umask = Deno.umask(0o077);
  try {
    await prepareHome(home);
    const programs = await installPrograms(home.dir);
    const server = createPostgresServer({ home, port: freePort(), programs, durable: false });
    await server.start();
    await server.stop();
  } finally {
    Deno.umask(umask);
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("createPostgresServer() says whose the data is when it is another user's", async () => {
  const dir = await Deno.makeTempDir({ dir: "/var/tmp" });
  await Deno.chmod(dir, 0o755);
  const home = postgresHome(dir);
  await prepareHome(home);
  const programs = await installPrograms(home.dir);
  const server = createPostgresServer({ home, port: freePort(), programs, durable: false });
  try {
    await server.start();
    await server.stop();
    const stranger = { name: "stranger", uid: 4321, gid: 4321 };
    const other = createPostgresServer({
      home: { ...home, user: stranger },
      port: freePort(),
      programs,
    });
    await expect(other.start()).rejects.toThrow(
      /The data in .* belongs to the user \d+, and PostgreSQL would run as 4321: start as the user/,
    );
  } finally {
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
