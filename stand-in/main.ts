/** Runs the Bedrock stand-in alone, in the foreground. */
import { parseArgs } from "node:util";
import { startBedrockStandIn } from "./server.ts";

const help = `A stand-in for Amazon Bedrock. It is not Amazon: no model runs behind it.

deno run --allow-net --allow-env stand-in/main.ts [options]

  --port <n>                 54330, or SWITCHBOARD_BEDROCK_PORT; 0 is any free port
  --region <name>            the AWS region that it stands for; eu-central-1
  --access-key-id <id>       the access key that it accepts; stand-in
  --secret-access-key <key>  and its secret; stand-in-secret
  --session-token <token>    a session token that it requires; by default none
  --bearer-token <key>       the Bedrock API key that it accepts; stand-in-api-key
  --quiet                    do not print a line for each call
  --help                     print this
`;

function parse() {
  return parseArgs({
    args: Deno.args,
    options: {
      port: { type: "string" },
      region: { type: "string", default: "eu-central-1" },
      "access-key-id": { type: "string", default: "stand-in" },
      "secret-access-key": { type: "string", default: "stand-in-secret" },
      "session-token": { type: "string" },
      "bearer-token": { type: "string", default: "stand-in-api-key" },
      quiet: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}

function readPort(text: string): number {
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535
    ? port
    : fail(`--port must be a number from 0 to 65535, not "${text}".`);
}

async function main(): Promise<void> {
  let flags;
  try {
    flags = parse();
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}\n\n${help}`);
  }
  if (flags.help) return console.log(help);
  const port = readPort(flags.port ?? Deno.env.get("SWITCHBOARD_BEDROCK_PORT") ?? "54330");
  const sessionToken = flags["session-token"];
  try {
    const standIn = await startBedrockStandIn({
      port,
      region: flags.region,
      accessKeyId: flags["access-key-id"],
      secretAccessKey: flags["secret-access-key"],
      ...(sessionToken === undefined ? {} : { sessionToken }),
      bearerToken: flags["bearer-token"],
      ...(flags.quiet ? {} : { log: (line: string) => console.log(line) }),
    });
    console.log(`The Bedrock stand-in (not Amazon; no model runs behind it) is at ${standIn.url}.
It stands for ${flags.region}. To call it with an AWS SDK or the AWS CLI:

  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${standIn.url}
  export AWS_ENDPOINT_URL_BEDROCK=${standIn.url}
  export AWS_REGION=${flags.region}
  export AWS_ACCESS_KEY_ID=${flags["access-key-id"]}
  export AWS_SECRET_ACCESS_KEY=${flags["secret-access-key"]}

Fault rules, scripted answers and the request log: curl ${standIn.url}/
`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, async () => {
        await standIn.close();
        Deno.exit(0);
      });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    fail(
      `Port ${port} is in use. Stop the process that listens on it, or choose another with --port.`,
    );
  }
}

await main();
