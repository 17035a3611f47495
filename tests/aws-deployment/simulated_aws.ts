import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { LocalServer } from "../support/local_server.ts";
import { type CommandResult, findProgram, runCommand } from "../support/run_command.ts";
import { AwsError, type CliCall, CliError, type CliResult, parseCliCall } from "./cli_call.ts";
import { SimulatedBedrock } from "./simulated_bedrock.ts";
import { SimulatedIam } from "./simulated_iam.ts";

export const account = "123456789012";
export const caller = `arn:aws:iam::${account}:user/operator`;
export const script = join(projectRoot, "aws-deployment", "setup-bedrock-permissions.sh");

/**
 * An AWS account behind an AWS CLI of its own, which stands first on the `PATH` of the scripts that
 * this runs. What IAM simulates is evaluated by a library that is not ours.
 */
export class SimulatedAws implements AsyncDisposable {
  readonly iam = new SimulatedIam(account);
  readonly bedrock = new SimulatedBedrock(account);
  /** Every call, in order. */
  readonly calls: CliCall[] = [];
  /** What a command answers instead, by service and operation. */
  readonly instead = new Map<string, AwsError | CliError | CliResult>();
  /** Seconds that the scripts slept; it takes no time here. */
  readonly slept: string[] = [];
  readonly #programs = Deno.makeTempDirSync({ prefix: "simulated-aws-" });
  readonly #server: LocalServer;

  constructor() {
    this.#server = new LocalServer(async (request) => {
      const args = (await request.text()).split("\0").slice(0, -1);
      if (new URL(request.url).pathname === "/sleep") {
        this.slept.push(...args);
        return new Response("0\n");
      }
      const region = request.headers.get("region");
      const { code, text } = this.#run(region ? [...args, "--region", region] : args);
      return new Response(`${code}\n${text}`);
    });
    for (const name of ["aws", "sleep"]) {
      Deno.writeTextFileSync(
        join(this.#programs, name),
        // By bash alone: starting curl for each call would take a quarter of the tests' time.
        `#!/usr/bin/env bash
export LC_ALL=C
length=0
for arg in "$@"; do length=$((length + \${#arg} + 1)); done
exec 3<>/dev/tcp/127.0.0.1/${new URL(this.#server.url).port}
printf '%s\\r\\n' 'POST /${name} HTTP/1.1' 'host: 127.0.0.1' 'connection: close' \\
  "content-length: $length" "region: \${AWS_REGION:-\$AWS_DEFAULT_REGION}" '' >&3
printf '%s\\0' "$@" >&3
while IFS= read -r line <&3 && [ "$line" != $'\\r' ]; do :; done
reply=$(cat <&3)
code=\${reply%%$'\\n'*}
text=\${reply#"$code"}
if [ "$code" -eq 0 ]; then printf '%s' "$text"; else printf '%s\\n' "$text" >&2; fi
exit "$code"
`,
        { mode: 0o755 },
      );
    }
  }

  /** Runs the script. */
  setup(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const path = `${this.#programs}:${Deno.env.get("PATH")}`;
    return runCommand(findProgram("bash"), [script, ...args], { PATH: path, ...env });
  }

  /** Runs commands in one shell, from the root of the project. */
  shell(
    commands: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const path = `${this.#programs}:${Deno.env.get("PATH")}`;
    return runCommand("bash", ["-euc", `cd '${projectRoot}'\n${commands}`], { PATH: path, ...env });
  }

  /** Service and operation of the calls that changed something. */
  get changes(): string[] {
    return this.calls.map(({ command }) => command)
      .filter((command) => / (create|put|delete|attach|update)-/.test(command));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    Deno.removeSync(this.#programs, { recursive: true });
  }

  #run(args: readonly string[]): CliResult {
    try {
      const call = parseCliCall(args);
      this.calls.push(call);
      const instead = this.instead.get(call.command);
      if (instead instanceof Error) throw instead;
      if (instead !== undefined) return instead;
      const answer = this.#answer(call);
      return { code: 0, text: answer === undefined ? "" : JSON.stringify(answer, null, 4) };
    } catch (error) {
      if (error instanceof CliError) {
        return { code: error.exitStatus, text: error.message };
      }
      if (!(error instanceof AwsError)) throw error;
      const operation = (args[1] ?? "").replace(/(?:^|-)([a-z])/g, (_, c) => c.toUpperCase());
      const text = `An error occurred (${error.code}) when calling the ${operation} operation`;
      return { code: 254, text: `${text}: ${error.message}` };
    }
  }

  #answer(call: CliCall): unknown {
    if (call.command === "sts get-caller-identity") {
      return { UserId: "AIDAEXAMPLE", Account: account, Arn: caller };
    }
    return call.command.startsWith("iam ") ? this.iam.answer(call) : this.bedrock.answer(call);
  }
}
