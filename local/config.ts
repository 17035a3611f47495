import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root folder. */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

/** Where the embedded stack listens and keeps its data. */
export interface LocalConfig {
  readonly apiPort: number;
  readonly dbPort: number;
  readonly bedrockPort: number;
  readonly consolePort: number;
  readonly stateDir: string;
  /** Names under which browsers may reach the API, besides this machine's own. */
  readonly allowedHosts: readonly string[];
  /** Another Deno for the functions, such as the hosted runtime's; undefined: this one. */
  readonly functionsDeno: string | undefined;
}

/**
 * Reads the `SWITCHBOARD_*` variables; what is not set has its documented default.
 *
 * @throws {RangeError} on a value that is not a port or a name, or a port given twice; the message
 * names the variables.
 */
export function readLocalConfig(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): LocalConfig {
  const stateDir = env("SWITCHBOARD_STATE_DIR") || join("local", ".state");
  const ports = {
    SWITCHBOARD_API_PORT: port(env, "SWITCHBOARD_API_PORT", 54321),
    SWITCHBOARD_DB_PORT: port(env, "SWITCHBOARD_DB_PORT", 54322),
    SWITCHBOARD_BEDROCK_PORT: port(env, "SWITCHBOARD_BEDROCK_PORT", 54330),
    SWITCHBOARD_CONSOLE_PORT: port(env, "SWITCHBOARD_CONSOLE_PORT", 54323),
  };
  refuseSharedPort(ports);
  return {
    apiPort: ports.SWITCHBOARD_API_PORT,
    dbPort: ports.SWITCHBOARD_DB_PORT,
    bedrockPort: ports.SWITCHBOARD_BEDROCK_PORT,
    consolePort: ports.SWITCHBOARD_CONSOLE_PORT,
    stateDir: isAbsolute(stateDir) ? stateDir : join(projectRoot, stateDir),
    allowedHosts: hosts(env("SWITCHBOARD_ALLOWED_HOSTS") ?? ""),
    functionsDeno: env("SWITCHBOARD_FUNCTIONS_DENO") || undefined,
  };
}

function port(
  env: (name: string) => string | undefined,
  name: string,
  fallback: number,
): number {
  const text = env(name);
  if (text === undefined || text === "") return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= 1 && value <= 65_535)) {
    throw new RangeError(`${name} must be a port from 1 to 65535, but it is "${text}".`);
  }
  return value;
}

function hosts(text: string): string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase()).filter(Boolean);
  const wrong = names.find((name) => !/^[a-z0-9.-]+$/.test(name));
  if (wrong === undefined) return names;
  throw new RangeError(
    `SWITCHBOARD_ALLOWED_HOSTS must be host names with commas between them, but has "${wrong}".`,
  );
}

function refuseSharedPort(ports: Readonly<Record<string, number>>): void {
  const names = Object.keys(ports);
  for (const [index, name] of names.entries()) {
    const other = names.slice(index + 1).find((other) => ports[other] === ports[name]);
    if (other !== undefined) {
      throw new RangeError(`${name} and ${other} are both ${ports[name]}: give each its own port.`);
    }
  }
}
