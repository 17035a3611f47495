import { join } from "node:path";
import { readLocalConfig } from "./config.ts";
import type { Stack } from "./stack.ts";

/** What is printed when everything runs: where it is, the keys, and what to try. */
export function banner(
  stack: Pick<Stack, "apiUrl" | "dbUrl" | "bedrockUrl" | "consoleUrl" | "keys" | "functionsEnv">,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): string {
  const { apiUrl, dbUrl, consoleUrl, keys } = stack;
  const deno = denoCommand(env("PATH") ?? "");
  const ports = elsewhere(env);
  const url = ports === "" ? "" : `SUPABASE_URL=${apiUrl} `;
  const facts = [
    ["API URL", apiUrl],
    ["Functions URL", `${apiUrl}/functions/v1`],
    ["DB URL", dbUrl],
    ["Console", `${consoleUrl}, for admin@example.com`],
    ["Bedrock", bedrock(stack)],
    ["Publishable key", keys.publishable],
    ["Secret key", keys.secret],
    ["JWT secret", keys.jwtSecret],
    ["Users", "patient@example.com, clinician@example.com,"],
    ["", "facility@example.com, admin@example.com"],
    ["Password", "switchboard"],
  ];
  return `
${facts.map(([name, value]) => `${name!.padStart(17)}  ${value}`).join("\n")}

Try, in another terminal:

  ${ports}${deno} task ask --as patient "What is a normal blood pressure?"
  ${url}SUPABASE_SERVICE_KEY=${keys.secret} ./scripts/switch-bedrock-model.sh list
  ${ports}${deno} task demo

Ctrl-C stops everything; the data stays.
`;
}

/** Says plainly whether calls cost money. */
function bedrock({ bedrockUrl, functionsEnv }: Pick<Stack, "bedrockUrl" | "functionsEnv">): string {
  const { BEDROCK_REGION, AWS_ENDPOINT_URL_BEDROCK_RUNTIME } = functionsEnv;
  if (AWS_ENDPOINT_URL_BEDROCK_RUNTIME === bedrockUrl) {
    return `${bedrockUrl}, a stand-in: no model is called, nothing costs money`;
  }
  if (AWS_ENDPOINT_URL_BEDROCK_RUNTIME) return `calls go to ${AWS_ENDPOINT_URL_BEDROCK_RUNTIME}`;
  return `calls go to Amazon Bedrock in ${BEDROCK_REGION} and cost money,
                   for every program here: the keys below are public knowledge`;
}

/** The variables that another terminal needs to find this stack, if it is not where it is usual. */
function elsewhere(env: (name: string) => string | undefined): string {
  const usual = readLocalConfig(() => undefined);
  const config = readLocalConfig(env);
  return [
    config.apiPort === usual.apiPort ? "" : `SWITCHBOARD_API_PORT=${config.apiPort} `,
    config.dbPort === usual.dbPort ? "" : `SWITCHBOARD_DB_PORT=${config.dbPort} `,
    config.bedrockPort === usual.bedrockPort
      ? ""
      : `SWITCHBOARD_BEDROCK_PORT=${config.bedrockPort} `,
  ].join("");
}

/**
 * How the reader starts Deno. Under npx the PATH leads to a `deno` that another terminal does not
 * have: in npx's own cache, or in a project's `node_modules/.bin`.
 */
export function denoCommand(path: string): string {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const program = Deno.build.os === "windows" ? "deno.exe" : "deno";
  for (const dir of path.split(separator)) {
    if (dir === "" || /[\\/](_npx|node_modules)[\\/]/.test(dir)) continue;
    try {
      if (Deno.statSync(join(dir, program)).isFile) return "deno";
    } catch {
      // Not here.
    }
  }
  return `npx -y deno@${Deno.version.deno}`;
}
