import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot, readLocalConfig } from "../../local/config.ts";

Deno.test("readLocalConfig() has the Supabase CLI's ports by default", () => {
  expect(readLocalConfig(() => undefined)).toEqual({
    apiPort: 54321,
    dbPort: 54322,
    bedrockPort: 54330,
    consolePort: 54323,
    functionsDeno: undefined,
    allowedHosts: [],
    stateDir: join(projectRoot, "local", ".state"),
  });
});

Deno.test("readLocalConfig() takes what is set", () => {
  const env: Record<string, string> = {
    SWITCHBOARD_API_PORT: "1",
    SWITCHBOARD_DB_PORT: "2",
    SWITCHBOARD_BEDROCK_PORT: "65535",
    SWITCHBOARD_CONSOLE_PORT: "4",
    SWITCHBOARD_STATE_DIR: "/elsewhere",
    SWITCHBOARD_FUNCTIONS_DENO: "/bin/deno",
    SWITCHBOARD_ALLOWED_HOSTS: "App.test, host.docker.internal",
  };
  expect(readLocalConfig((name) => env[name])).toEqual({
    apiPort: 1,
    dbPort: 2,
    bedrockPort: 65535,
    consolePort: 4,
    stateDir: "/elsewhere",
    functionsDeno: "/bin/deno",
    allowedHosts: ["app.test", "host.docker.internal"],
  });
});

Deno.test("readLocalConfig() names a variable that is not a port", () => {
  for (const value of ["0", "65536", "1.5", "api", " ", "0x10", "5e4"]) {
    const read = () =>
      readLocalConfig((name) => name === "SWITCHBOARD_DB_PORT" ? value : undefined);
    expect(read).toThrow(
      `SWITCHBOARD_DB_PORT must be a port from 1 to 65535, but it is "${value}"`,
    );
  }
});

Deno.test("readLocalConfig() refuses one port for two parts, and names both", () => {
  const read = () =>
    readLocalConfig((name) => name === "SWITCHBOARD_BEDROCK_PORT" ? "54321" : undefined);
  expect(read).toThrow("SWITCHBOARD_API_PORT and SWITCHBOARD_BEDROCK_PORT are both 54321");
});

Deno.test("readLocalConfig() refuses a host that is no name", () => {
  for (const value of ["http://app.test", "app.test:3000", "*", "a b"]) {
    const read = () =>
      readLocalConfig((name) => name === "SWITCHBOARD_ALLOWED_HOSTS" ? value : undefined);
    expect(read).toThrow(
      `SWITCHBOARD_ALLOWED_HOSTS must be host names with commas between them, but has "${value}"`,
    );
  }
});
