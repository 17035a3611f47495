import { ask, parseQuestion } from "../../local/ask.ts";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type CommandResult, runCommand } from "./run_command.ts";

type Variables = Readonly<Record<string, string>>;

/** Asks in this process, a project by its URL or by more variables; returns what is printed. */
export async function asked(project: string | Variables, ...args: string[]): Promise<string> {
  const question = parseQuestion(args);
  if (question === null) throw new Error("The arguments ask for help.");
  const printed: string[] = [];
  const env: Variables = typeof project === "string" ? { SUPABASE_URL: project } : project;
  await ask(question, (name) => env[name], (text) => printed.push(text));
  return printed.join("\n");
}

/** Runs `deno task ask` against a port, with the permissions that the task has. */
export function runAskTask(
  apiPort: number,
  ...args: string[]
): Promise<CommandResult> {
  const { tasks } = JSON.parse(
    Deno.readTextFileSync(join(projectRoot, "deno.json")),
  );
  const script = join(projectRoot, "local", "ask.ts");
  const [, ...command] = tasks.ask.command.replace("local/ask.ts", script)
    .split(" ");
  return runCommand(Deno.execPath(), [...command, ...args], {
    HOME: Deno.env.get("HOME") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
    NO_COLOR: "1",
    SWITCHBOARD_API_PORT: String(apiPort),
  });
}
