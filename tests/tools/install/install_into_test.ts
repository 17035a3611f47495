import { expect } from "@std/expect";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ClientError, UsageError } from "../../../local/client/client_error.ts";
import { projectRoot } from "../../../local/config.ts";
import { manifestPath } from "../../../tools/install/manifest.ts";
import { readOptions } from "../../../tools/install/options.ts";
import { installInto } from "../../../tools/install_into.ts";
import { hostMigrations } from "../../support/host_app.ts";
import { blocksRunBy } from "../../support/printed_commands.ts";
import { runCommand } from "../../support/run_command.ts";
import { now, snapshot, withCheckouts } from "./checkouts.ts";

const helper = ["--chat-name", "helper"] as const;

Deno.test("install-into adds its own files and changes none of the app's but config.toml", async () => {
  await withCheckouts(async ({ app, install }) => {
    const before = snapshot(app);
    const { status, output } = await install(...helper);
    expect(status).toBe(0);
    for (
      const line of [
        "npx supabase@3.1.0 db push --remote",
        "npx supabase@3.1.0 functions deploy helper manage-bedrock-models openai anthropic --use-api",
        "Call helper where",
      ]
    ) expect(output).toContain(line);
    const { "supabase/config.toml": config, ...after } = snapshot(app);
    const { "supabase/config.toml": formerConfig, ...former } = before;
    expect(after).toMatchObject(former);
    expect(config!.startsWith(formerConfig!)).toBe(true);
    const added = Object.keys(after).filter((path) => !(path in before));
    const known =
      /^supabase\/(functions\/(_shared|helper|manage-bedrock-models|openai|anthropic)\/.+\.(ts|json|lock)|migrations\/\d{14}_\w+\.sql|\.bedrock-switchboard\.json)$/;
    expect(added.filter((path) => !known.test(path))).toEqual([]);
  });
});

Deno.test("install-into gives its migrations the latest versions, in their order", async () => {
  await withCheckouts(async ({ app, own, install, write }) => {
    await write("supabase/migrations/20270101000000_plan_ahead.sql", "select 1;");
    await install(...helper);
    const names = (dir: string) =>
      [...Deno.readDirSync(join(dir, "supabase", "migrations"))].map(({ name }) => name).sort();
    const ours = names(app).slice(hostMigrations + 1);
    expect(names(app)[hostMigrations]).toBe("20270101000000_plan_ahead.sql");
    expect(ours.map((file) => file.slice(15))).toEqual(names(own).map((file) => file.slice(15)));
    expect(ours[0]!.slice(0, 14)).toBe("20270101000001");
  });
});

Deno.test("install-into run again finds nothing to change", async () => {
  await withCheckouts(async ({ app, install }) => {
    await install(...helper);
    const installed = snapshot(app);
    for (const options of [[], helper, ["--data", "health"]]) {
      expect(await install(...options)).toEqual({
        status: 0,
        output: "There is nothing to change.",
      });
    }
    expect(snapshot(app)).toEqual(installed);
    for (const options of [["--chat-name", "other"], ["--data", "blank"]]) {
      await expect(install(...options)).rejects.toThrow(/an upgrade cannot change/);
    }
  });
});

Deno.test("install-into gives each function the name that its option has, and keeps it", async () => {
  await withCheckouts(async ({ app, install, read, write }) => {
    await write("supabase/functions/openai/index.ts", "export {};");
    const { status, output } = await install(...helper, "--openai-name", "llm");
    expect(status).toBe(0);
    expect(output).toContain("deploy helper manage-bedrock-models llm anthropic --use-api");
    expect(output).toContain(
      "Call llm where the documents of the switchboard say openai, and add --openai-name llm to " +
        "deno task smoke.",
    );
    expect(await read("supabase/config.toml")).toContain('"./functions/llm/index.ts"');
    expect(snapshot(app)["supabase/functions/openai/index.ts"]).toBe("export {};");
    expect(await install()).toEqual({ status: 0, output: "There is nothing to change." });
    await expect(install("--openai-name", "other")).rejects.toThrow(/an upgrade cannot change/);
  });
});

Deno.test("an upgrade from a version without a function asks for its name where that is taken", async () => {
  await withCheckouts(async ({ install, read, write }) => {
    await install(...helper);
    const { openai_name: _, files, ...manifest } = JSON.parse(await read(manifestPath));
    const others = Object.entries(files).filter(([path]) => !path.includes("functions/openai/"));
    await write(
      manifestPath,
      JSON.stringify({ ...manifest, files: Object.fromEntries(others) }),
    );
    await write("supabase/functions/openai/index.ts", "export {};");
    const refused = await install();
    expect([refused.status, refused.output])
      .toEqual([1, expect.stringContaining("--openai-name <name>")]);
    expect((await install("--openai-name", "llm")).status).toBe(0);
    expect(await read("supabase/functions/llm/index.ts")).toContain("createOpenai");
  });
});

Deno.test("install-into refuses one name for two functions", async () => {
  await withCheckouts(async ({ install }) => {
    for (const options of [["--chat-name", "openai"], ["--openai-name", "a", "--chat-name", "a"]]) {
      await expect(install(...options)).rejects.toThrow(UsageError);
    }
  });
});

Deno.test("install-into --dry-run writes nothing, and says what it would do", async () => {
  await withCheckouts(async ({ app, install }) => {
    const before = snapshot(app);
    const { status, output } = await install(...helper, "--dry-run");
    expect(status).toBe(0);
    expect(output).toContain("Would be added:\n  supabase/functions/_shared/ (");
    expect(snapshot(app)).toEqual(before);
  });
});

Deno.test("install-into fits into a checkout that has nothing but a config.toml", async () => {
  await withCheckouts(async ({ app, own, install, write }) => {
    await Deno.remove(join(app, "supabase"), { recursive: true });
    await write("supabase/config.toml", '[api]\nschemas = ["private"]');
    const { status, output } = await install();
    expect(status).toBe(0);
    expect(output).toContain("Add public to [api] schemas");
    expect(output).not.toContain("Call chat where");
    const [installed, source] = [snapshot(app), snapshot(own)];
    for (const [path, text] of Object.entries(source)) {
      if (path.startsWith("supabase/functions/chat/")) expect(installed[path]).toBe(text);
    }
    expect((await install()).output).toBe("There is nothing to change.");
  });
});

const refusals: Record<string, [path: string, text: string, message: RegExp]> = {
  "a function chat of the app's own": [
    "supabase/functions/chat/more.ts",
    "",
    /function chat .*--chat-name/,
  ],
  "a function openai of the app's own": [
    "supabase/functions/openai/index.ts",
    "export {};",
    /function openai .*--openai-name/,
  ],
  "a function manage-bedrock-models of the app's own": [
    "supabase/functions/manage-bedrock-models/index.ts",
    "export {};",
    /function manage-bedrock-models .*Rename it/,
  ],
  "a shared file of the app's own": [
    "supabase/functions/_shared/database.types.ts",
    "export type Database = never;",
    /own at supabase\/functions\/_shared\/database\.types\.ts/,
  ],
  "a file where a folder belongs": [
    "supabase/functions/_shared/core",
    "",
    /a file supabase\/functions\/_shared\/core/,
  ],
  "a folder where a file belongs": [
    "supabase/functions/_shared/core/app_error.ts/index.ts",
    "",
    /a folder supabase\/functions\/_shared\/core\/app_error\.ts/,
  ],
};

for (const [what, [path, text, message]] of Object.entries(refusals)) {
  Deno.test(`install-into is refused by ${what}, and writes nothing`, async () => {
    await withCheckouts(async ({ app, install, write }) => {
      await write(path, text);
      const before = snapshot(app);
      const { status, output } = await install(...what.includes("chat") ? [] : helper);
      expect([status, output]).toEqual([1, expect.stringMatching(message)]);
      expect(output).toMatch(/^Nothing was written\./);
      expect(snapshot(app)).toEqual(before);
    });
  });
}

/** Where a checkout may have a symbolic link, and what is there to follow; null: it dangles. */
const links: Record<string, string | null> = {
  "supabase/functions/_shared": "",
  "supabase/functions": "supabase/functions",
  "supabase/migrations": "supabase/migrations",
  "supabase": "supabase",
  "supabase/config.toml": "supabase/config.toml",
  "supabase/functions/_shared/core/app_error.ts": null,
  [manifestPath]: null,
};

for (const [link, target] of Object.entries(links)) {
  Deno.test(`install-into is refused by a symbolic link ${link}, and writes nothing`, async () => {
    await withCheckouts(async ({ app, install }) => {
      const outside = join(app, "..", "outside");
      await Deno.mkdir(outside);
      const aim = join(outside, "aim");
      if (target === "") await Deno.mkdir(aim);
      else if (target !== null) await Deno.rename(join(app, target), aim);
      await Deno.remove(join(app, link), { recursive: true }).catch(() => {});
      await Deno.mkdir(join(app, link, ".."), { recursive: true });
      await Deno.symlink(aim, join(app, link));
      const before = [everything(app), everything(outside)];
      const { status, output } = await install(...helper);
      expect(status).toBe(1);
      expect(output.match(/symbolic link \S+/g)).toEqual([`symbolic link ${link}`]);
      expect([everything(app), everything(outside)]).toEqual(before);
    });
  });
}

Deno.test("an upgrade removes nothing through a symbolic link", async () => {
  await withCheckouts(async ({ app, own, install }) => {
    await install(...helper);
    const reports = join("supabase", "functions", "_shared", "reports");
    const outside = join(app, "..", "outside");
    await Deno.rename(join(app, reports), outside);
    await Deno.symlink(outside, join(app, reports));
    await Deno.remove(join(own, reports), { recursive: true });
    const before = everything(outside);
    expect(before.length).toBeGreaterThan(0);
    const { status, output } = await install();
    expect([status, output]).toEqual([1, expect.stringContaining(`symbolic link ${reports}`)]);
    expect(everything(outside)).toEqual(before);
  });
});

Deno.test("install-into refuses a config.toml that is not UTF-8, and keeps a byte order mark", async () => {
  await withCheckouts(async ({ app, install }) => {
    const path = join(app, "supabase", "config.toml");
    const text = await Deno.readFile(path);
    const latin1 = new Uint8Array([...text, ...new TextEncoder().encode("# caf"), 0xe9, 0x0a]);
    await Deno.writeFile(path, latin1);
    await expect(install(...helper)).rejects.toThrow(/config\.toml is not UTF-8/);
    expect(await Deno.readFile(path)).toEqual(latin1);

    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...text]);
    await Deno.writeFile(path, marked);
    expect((await install(...helper)).status).toBe(0);
    expect((await Deno.readFile(path)).subarray(0, marked.length)).toEqual(marked);
    expect((await install()).output).toBe("There is nothing to change.");
  });
});

Deno.test("install-into leaves behind what editors and systems put beside the sources", async () => {
  await withCheckouts(async ({ app, own, install }) => {
    for (const name of [".DS_Store", "index.ts~", "index.ts.orig", ".#index.ts", "#index.ts#"]) {
      await Deno.writeTextFile(join(own, "supabase", "functions", "chat", name), "");
    }
    await install(...helper);
    const entries = [...Deno.readDirSync(join(app, "supabase", "functions", "helper"))];
    expect(entries.filter(({ isFile, name }) => isFile && !/^\w+\.(ts|json|lock)$/.test(name)))
      .toEqual([]);
    expect(entries.length).toBeGreaterThan(3);
  });
});

Deno.test("geographies need blank first rows, and an upgrade takes them in any order", async () => {
  await withCheckouts(async ({ install }) => {
    const us = ["--geographies", "us,ca"];
    for (const data of [[], ["--data", "health"]]) {
      await expect(install(...helper, ...data, ...us)).rejects.toThrow(UsageError);
    }
    expect((await install(...helper, "--data", "blank", ...us)).status).toBe(0);
    for (const options of [us, ["--geographies", "ca,us"], ["--data", "blank", ...us]]) {
      expect((await install(...options)).output).toBe("There is nothing to change.");
    }
    await expect(install("--geographies", "us")).rejects.toThrow(/an upgrade cannot change/);
    await expect(install("--data", "health")).rejects.toThrow(/an upgrade cannot change/);
  });
});

Deno.test("install-into refuses a folder that is no other Supabase checkout", async () => {
  await withCheckouts(async ({ app, own, write }) => {
    const into = (folder: string) => installInto(readOptions([folder])!, own, now);
    await expect(into(join(app, "nowhere"))).rejects.toThrow(/There is no folder/);
    await expect(into(join(app, "supabase/config.toml"))).rejects.toThrow(/is not a folder/);
    await expect(into(join(app, "supabase"))).rejects.toThrow(/no supabase\/config.toml/);
    await expect(into(own)).rejects.toThrow(/own checkout/);
    await write(manifestPath, `{"format": 2}`);
    await expect(into(app)).rejects.toThrow(/manifest|cannot be read/);
    await write("supabase/config.toml", "[api\n");
    await expect(into(app)).rejects.toThrow(ClientError);
  });
});

Deno.test("a manifest cannot lead out of the project's functions and migrations", async () => {
  await withCheckouts(async ({ install, read, write }) => {
    await install(...helper);
    const manifest = await read(manifestPath);
    for (const path of ["supabase/functions/../../outside", "README.md", "/etc/passwd"]) {
      const { files, ...rest } = JSON.parse(manifest);
      const hash = Object.values(files)[0];
      await write(manifestPath, JSON.stringify({ ...rest, files: { ...files, [path]: hash } }));
      await expect(install()).rejects.toThrow(/cannot be read/);
    }
  });
});

Deno.test("the installed functions resolve within the app, and answer under their names", async () => {
  await withCheckouts(async ({ app, install }) => {
    await install(...helper);
    const functions = {
      "helper": "401 404",
      "manage-bedrock-models": "401 404",
      "openai": "404 404",
      "anthropic": "405 404",
    };
    for (const [name, statuses] of Object.entries(functions)) {
      const folder = join(app, "supabase", "functions", name);
      const config = ["--config", join(folder, "deno.json")];
      const index = join(folder, "index.ts");
      const deno = (...args: string[]) =>
        runCommand(Deno.execPath(), args, { DENO_DIR: denoDir, HOME: "/nonexistent" });
      const { stdout } = await deno("info", "--json", ...config, index);
      const { modules } = JSON.parse(stdout) as {
        modules: { specifier: string; error?: string }[];
      };
      expect(modules.filter(({ error }) => error !== undefined)).toEqual([]);
      const files = modules.filter(({ specifier }) => specifier.startsWith("file:"))
        .map(({ specifier }) => fileURLToPath(specifier));
      expect(files.length).toBeGreaterThan(20);
      expect(files.filter((file) => !file.startsWith(`${app}/`))).toEqual([]);

      const script = join(folder, "ask.ts");
      await Deno.writeTextFile(script, ask(name));
      const answer = await deno(
        "run",
        "--no-check",
        "--allow-env",
        "--allow-read",
        ...config,
        script,
      );
      expect([name, answer.stderr, answer.stdout.trim()]).toEqual([name, "", statuses]);
    }
  });
});

Deno.test("the task takes a path from where it is called, and ends with the status of its help", async () => {
  await withCheckouts(async ({ app, write }) => {
    const task = (...args: string[]) =>
      runCommand(Deno.execPath(), [
        "task",
        "--config",
        join(projectRoot, "deno.json"),
        "install-into",
        ...args,
      ], {
        DENO_DIR: denoDir,
        HOME: "/nonexistent",
        INIT_CWD: join(app, "supabase"),
      });
    const help = await task("--help");
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringContaining("Exit status: 0 installed"),
    ]);
    const misspelt = await task("--nothing");
    expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining("--help")]);
    const missing = await task("nowhere");
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining("There is no folder"),
    ]);
    const taken = await task("..");
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("--chat-name")]);
    expect((await task("..", ...helper)).code).toBe(0);
    await write("supabase/functions/helper/handler.ts", "// mine\n");
    const left = await task("..");
    expect([left.code, left.stdout]).toEqual([3, expect.stringContaining("helper/handler.ts")]);
  });
});

Deno.test("docs/install.md's commands install into a checkout beside this one", async () => {
  await withCheckouts(async ({ app, read, write }) => {
    // The page's commands are for an app without a function `chat`.
    await Deno.remove(join(app, "supabase", "functions", "chat"), { recursive: true });
    const config = await read("supabase/config.toml");
    await write("supabase/config.toml", config.replace(/\[functions\.chat\]\n(?:.+\n)+/, ""));
    const commands = blocksRunBy("tests/tools/install/install_into_test.ts")
      .flatMap(({ text }) => text.split("\n"));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const [, args] = /^npx -y deno@2\.9\.6 (task install-into .+)$/.exec(command)!;
      const words = args!.replace("../my-app", app).split(" ");
      const { code, stdout, stderr } = await runCommand(
        Deno.execPath(),
        ["task", "--config", join(projectRoot, "deno.json"), ...words.slice(1)],
        { DENO_DIR: denoDir, NO_COLOR: "1" },
      );
      expect({ command, code, stderr }).toMatchObject({ command, code: 0 });
      expect(stdout).toContain("npx supabase@3.1.0 db push --remote");
    }
    expect(snapshot(app)).toHaveProperty([manifestPath]);
  });
});

/** Every file, folder and link of a folder, without following links. */
function everything(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory) return [path, ...everything(path)];
    return [`${path} ${entry.isSymlink ? Deno.readLinkSync(path) : Deno.readTextFileSync(path)}`];
  }).sort();
}

/** Where the packages are that this process uses. */
const denoDir = JSON.parse(
  new TextDecoder().decode(
    (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
  ),
).denoDir;

/** Calls the function without credentials, under its name and below. */
const ask = (name: string) => `
Deno.env.set("SUPABASE_URL", "http://127.0.0.1:1");
Deno.env.set("SUPABASE_SECRET_KEYS", '{"default":"sb_secret_made_up"}');
console.log = () => {};
console.error = () => {};
const { default: served } = await import("./index.ts");
const statuses = [];
for (const path of ["", "/more"]) {
  const url = "http://functions.example/${name}" + path;
  statuses.push((await served.fetch(new Request(url, { method: "POST", body: "{}" }))).status);
}
Deno.stdout.writeSync(new TextEncoder().encode(statuses.join(" ")));
Deno.exit(0);
`;
