/** What `deno task install-into` does to a checkout into which it installed before. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { carryOut } from "../../../tools/install/carry_out.ts";
import { openHost } from "../../../tools/install/host_project.ts";
import { manifestPath } from "../../../tools/install/manifest.ts";
import { readParts } from "../../../tools/install/parts.ts";
import { planInstallation } from "../../../tools/install/plan.ts";
import { type Checkouts, now, snapshot, withCheckouts } from "./checkouts.ts";

const helper = ["--chat-name", "helper"] as const;
const shared = "supabase/functions/_shared";

/** Another version of the switchboard: every kind of change. */
async function release({ own }: Checkouts): Promise<void> {
  const edit = async (path: string, change: (text: string) => string) => {
    const file = join(own, path);
    await Deno.writeTextFile(file, change(await Deno.readTextFile(file)));
  };
  await edit(`${shared}/core/app_error.ts`, (text) => `${text}// changed\n`);
  await edit("supabase/functions/chat/handler.ts", (text) => `${text}// changed\n`);
  await Deno.remove(join(own, shared, "reports"), { recursive: true });
  await Deno.writeTextFile(join(own, shared, "core", "novelty.ts"), "export {};\n");
  await edit(
    "supabase/config.toml",
    (text) => text.replaceAll("verify_jwt = false", "verify_jwt = true"),
  );
  const [first] = await migrations(own);
  await edit(`supabase/migrations/${first}`, (text) => `${text}-- changed\n`);
  await Deno.writeTextFile(
    join(own, "supabase/migrations/20291231000000_add_novelty.sql"),
    "select 1;",
  );
}

async function migrations(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(join(dir, "supabase/migrations")), ({ name }) => name))
    .filter((name) => !name.startsWith("2025")).sort();
}

Deno.test("an upgrade replaces, adds and removes what is as it was installed", async () => {
  await withCheckouts(async (checkouts) => {
    const { app, install, read, write } = checkouts;
    await install(...helper);
    const before = await migrations(app);
    await write("supabase/migrations/20270515000000_go_on.sql", "select 1;");
    await release(checkouts);
    const { status, output } = await install();
    expect(status).toBe(0);
    expect(output).toContain("A replaced migration is not applied again");
    expect(output).toContain(`  ${shared}/core/app_error.ts\n`);
    expect(await read(`${shared}/core/app_error.ts`)).toContain("// changed");
    expect(await read("supabase/functions/helper/handler.ts")).toContain("// changed");
    expect(await read(`${shared}/core/novelty.ts`)).toBe("export {};\n");
    expect(Object.keys(snapshot(app)).filter((path) => path.startsWith(`${shared}/reports`)))
      .toEqual([]);
    await expect(Deno.stat(join(app, shared, "reports"))).rejects.toThrow(Deno.errors.NotFound);
    expect(await read("supabase/config.toml")).toMatch(
      /functions\.helper\]\nenabled = true\nverify_jwt = true/,
    );
    expect(await read(`supabase/migrations/${before[0]}`)).toContain("-- changed");
    expect(await migrations(app)).toEqual([
      ...before,
      "20270515000000_go_on.sql",
      "20270515000001_add_novelty.sql",
    ]);
    expect((await install()).output).toBe("There is nothing to change.");
  });
});

Deno.test("an upgrade names what was changed by hand, leaves it, and does the rest", async () => {
  await withCheckouts(async (checkouts) => {
    const { app, install, read, write } = checkouts;
    await install(...helper);
    const [first, second] = await migrations(app);
    const byHand = [
      `${shared}/core/app_error.ts`,
      `${shared}/reports/report_store.ts`,
      `supabase/migrations/${first}`,
    ];
    for (const path of byHand) await write(path, "// mine\n");
    await Deno.remove(join(app, "supabase/migrations", second!));
    await Deno.remove(join(app, shared, "core/content.ts"));
    const config = await read("supabase/config.toml");
    await write(
      "supabase/config.toml",
      config.replace(/(helper\]\n)enabled = true/, "$1enabled = false"),
    );
    await release(checkouts);
    for (let run = 0; run < 2; run++) {
      const { status, output } = await install();
      expect(status).toBe(3);
      const left = output.slice(output.indexOf("Left as they are"));
      for (const path of [...byHand, `supabase/migrations/${second}`]) {
        expect(left).toContain(`\n  ${path}`);
      }
      expect(left).toContain("\n  [functions.helper]");
    }
    for (const path of byHand) expect(await read(path)).toBe("// mine\n");
    expect(await migrations(app)).not.toContain(second);
    // Nothing of the app's is lost when a missing module comes back.
    expect(await read(`${shared}/core/content.ts`)).not.toBe("");
    expect(await read("supabase/config.toml")).toContain("[functions.helper]\nenabled = false\n");
    expect(await read("supabase/functions/helper/handler.ts")).toContain("// changed");
  });
});

Deno.test("a file that is as it was installed again is upgraded again", async () => {
  await withCheckouts(async (checkouts) => {
    const { install, read, write } = checkouts;
    await install(...helper);
    const path = `${shared}/core/app_error.ts`;
    const installed = await read(path);
    await write(path, "// mine\n");
    await release(checkouts);
    expect((await install()).status).toBe(3);
    await write(path, installed);
    expect((await install()).status).toBe(0);
    expect(await read(path)).toContain("// changed");
  });
});

Deno.test("an upgrade is refused by a file of the app's own in a new place, and writes nothing", async () => {
  await withCheckouts(async (checkouts) => {
    const { app, install, write } = checkouts;
    await install(...helper);
    await write(`${shared}/core/novelty.ts`, "// the app's\n");
    await release(checkouts);
    const before = snapshot(app);
    const { status, output } = await install();
    expect([status, output]).toEqual([1, expect.stringContaining("core/novelty.ts")]);
    expect(snapshot(app)).toEqual(before);
  });
});

Deno.test("migrations that were copied by hand keep their versions", async () => {
  await withCheckouts(async ({ app, own, install }) => {
    const copied = await migrations(own);
    for (const file of copied) {
      await Deno.copyFile(
        join(own, "supabase/migrations", file),
        join(app, "supabase/migrations", file),
      );
    }
    expect((await install(...helper)).status).toBe(0);
    expect(await migrations(app)).toEqual(copied);
  });
});

/** Installs as far as the file with this number, as if the machine had gone down there. */
async function installUntil({ app, own }: Checkouts, place: (writes: number) => number) {
  const names = { chat: "helper", openai: "openai", anthropic: "anthropic" };
  const choice = { names, data: "health", geographies: ["eu"] } as const;
  const host = await openHost(app, own);
  const plan = await planInstallation(host, await readParts(own, choice), choice, now);
  const stop = new Error("The machine went down.");
  const at = place(plan.writes.length);
  const writes = plan.writes.map((write, index) =>
    index < at ? write : Object.defineProperty({ ...write }, "content", {
      get: () => {
        throw stop;
      },
    })
  );
  await expect(carryOut(host, { ...plan, writes })).rejects.toThrow(stop);
}

/** The steps that a run names, without the place of the checkout. */
function nextSteps(output: string, app: string): string {
  const at = output.indexOf("To do, in ");
  expect(at).toBeGreaterThan(0);
  return output.slice(at).replaceAll(app, "app");
}

Deno.test("a run that is cut short before its end still says what to do", async () => {
  await withCheckouts(async (checkouts) => {
    const { app, install, read, write } = checkouts;
    for (const [options, step] of [[helper, "secrets set"], [[], "db push"]] as const) {
      await install(...options);
      const done = await read(manifestPath);
      const isFirst = options.length > 0;
      const unfinished = { ...JSON.parse(done), unfinished: {} };
      await write(
        manifestPath,
        JSON.stringify(isFirst ? { ...unfinished, first_run: true } : unfinished),
      );
      expect(nextSteps((await install()).output, app)).toContain(step);
      expect(await read(manifestPath)).toBe(done);
    }
  });
});

const places: Record<string, (writes: number) => number> = {
  "before the first file": () => 0,
  "half-way": (writes) => Math.floor(writes / 2),
  "before the last file": (writes) => writes - 1,
};

for (const [where, place] of Object.entries(places)) {
  Deno.test(`a run that is cut short ${where} can be repeated`, async () => {
    let whole = {};
    let [steps, installed] = ["", {}];
    await withCheckouts(async (checkouts) => {
      const { app, install } = checkouts;
      steps = nextSteps((await install(...helper)).output, app);
      installed = snapshot(app);
      await release(checkouts);
      await install();
      whole = snapshot(app);
    });
    await withCheckouts(async (checkouts) => {
      const { app, install, read } = checkouts;
      await installUntil(checkouts, place);
      expect(JSON.parse(await read(manifestPath)).unfinished).toBeDefined();
      const first = await install(...helper);
      expect(first.status).toBe(0);
      expect(steps).toContain("secrets set");
      expect(nextSteps(first.output, app)).toBe(steps);
      expect(first.output).not.toContain("Restored");
      expect(snapshot(app)).toEqual(installed);
      await release(checkouts);
      await installUntil(checkouts, place);
      await installUntil(checkouts, () => 0);
      const upgrade = await install();
      expect(upgrade.status).toBe(0);
      expect(upgrade.output).not.toContain("Restored");
      expect(nextSteps(upgrade.output, app)).not.toContain("secrets set");
      expect(snapshot(app)).toEqual(whole);
    });
  });
}
