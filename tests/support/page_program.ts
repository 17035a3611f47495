/** Runs the examples of a page as one program. */
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { fencedBlocks } from "./markdown.ts";
import type { Project } from "./project_client.ts";
import { runCommand } from "./run_command.ts";

/** Runs a page's blocks of `ts`, one after the other; they must print its blocks of `text`. */
export async function runPageProgram(markdown: string, project: Project): Promise<void> {
  const of = (wanted: string) =>
    fencedBlocks(markdown).filter(({ language }) => language === wanted).map(({ text }) => text);
  // Beside the project's own files, where the packages are known.
  const path = await Deno.makeTempFile({ dir: projectRoot, prefix: ".example-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, of("ts").join("\n\n"));
    const kept = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"]
      .flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name)!]] : []);
    const { code, stdout, stderr } = await runCommand(
      Deno.execPath(),
      ["run", "--quiet", "--check", "--allow-net", "--allow-env", path],
      {
        SUPABASE_URL: project.apiUrl,
        SUPABASE_PUBLISHABLE_KEY: project.keys.publishable,
        NO_PROXY: "127.0.0.1",
        NO_COLOR: "1",
        ...Object.fromEntries(kept),
      },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd()).toBe(of("text").join("\n"));
  } finally {
    await Deno.remove(path);
  }
}
