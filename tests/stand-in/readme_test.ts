/** Runs the commands and the example of the stand-in's README. */
import { expect } from "@std/expect";
import { startBedrockStandIn } from "../../stand-in/server.ts";
import { fencedBlocks } from "../support/markdown.ts";
import { runCommand } from "../support/run_command.ts";

const page = new URL("../../stand-in/README.md", import.meta.url);
const blocks = fencedBlocks(Deno.readTextFileSync(page));

Deno.test("every command of the stand-in's README prints what the page shows", async () => {
  const standIn = await startBedrockStandIn({
    accessKeyId: "stand-in",
    secretAccessKey: "stand-in-secret",
    bearerToken: "stand-in-api-key",
  });
  const port = new URL(standIn.url).port;
  try {
    const commands = blocks.flatMap(({ language, text }, index) =>
      language === "sh" ? [{ text, shown: blocks[index + 1] }] : []
    );
    // main_test.ts runs the first one, which starts the stand-in.
    expect(commands.shift()?.text).toBe("deno run --allow-net --allow-env stand-in/main.ts");
    expect(commands).toHaveLength(8);
    for (const { text, shown } of commands) {
      const command = text.replaceAll("54330", port);
      const { stdout, stderr, code } = await runCommand("bash", ["-c", command]);
      expect([command, code, stderr, stdout.trim()]).toEqual([command, 0, "", shown?.text]);
    }
  } finally {
    await standIn.close();
  }
});

Deno.test("the example of the stand-in's README runs", async () => {
  const [example] = blocks.filter(({ language }) => language === "ts");
  const root = new URL("../../", import.meta.url);
  const code = example!.text.replaceAll('"../stand-in/', `"${root}stand-in/`);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const args = ["run", "--quiet", "--no-prompt", "--allow-net", "--allow-env"];
    const { stdout, stderr, code: status } = await runCommand(
      Deno.execPath(),
      [...args, "--config", new URL("deno.json", root).pathname, file],
      Deno.env.toObject(),
    );
    expect([status, stderr, stdout]).toEqual([0, "", "[]\n"]);
  } finally {
    await Deno.remove(file);
  }
});
