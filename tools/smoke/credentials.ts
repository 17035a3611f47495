import { ClientError } from "../../local/client/client_error.ts";

/** The test users, by the assistant that each talks to. */
export const personas = ["user", "clinician", "admin"] as const;
export type Persona = typeof personas[number];

export interface Account {
  readonly email: string;
  readonly password: string;
}

export interface Credentials {
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Null: the project has no such user, and the checks with it are skipped. */
  readonly accounts: Readonly<Record<Exclude<Persona, "clinician">, Account>> & {
    readonly clinician: Account | null;
  };
}

/** Every variable, and what it is asked for by. Values that must not show are read without echo. */
export const variables = {
  SUPABASE_PUBLISHABLE_KEY: { what: "The publishable key", hidden: false },
  SUPABASE_SECRET_KEY: { what: "A secret key", hidden: true },
  SMOKE_USER_EMAIL: { what: "E-mail of a user without a role", hidden: false },
  SMOKE_USER_PASSWORD: { what: "and the password", hidden: true },
  SMOKE_ADMIN_EMAIL: { what: "E-mail of a platform admin", hidden: false },
  SMOKE_ADMIN_PASSWORD: { what: "and the password", hidden: true },
  SMOKE_CLINICIAN_EMAIL: {
    what: "E-mail of a user with the role `clinical` (empty: skip)",
    hidden: false,
  },
  SMOKE_CLINICIAN_PASSWORD: { what: "and the password", hidden: true },
} as const;

export type Variable = keyof typeof variables;
type Environment = (name: string) => string | undefined;

/** Whether the environment leaves the clinician out; undefined: it does not say. */
function leavesClinicianOut(env: Environment, canAsk: boolean): boolean | undefined {
  const email = env("SMOKE_CLINICIAN_EMAIL");
  if (email || env("SMOKE_CLINICIAN_PASSWORD")) return false;
  return email === "" || !canAsk ? true : undefined;
}

/**
 * Reads the credentials from the environment; asks for what is missing there.
 *
 * @param ask Null without a terminal.
 * @throws {ClientError} naming the variables that are missing, never a value
 */
export async function readCredentials(
  env: Environment,
  ask: ((what: string, hidden: boolean) => Promise<string>) | null,
): Promise<Credentials> {
  let withoutClinician = leavesClinicianOut(env, ask !== null);
  const isLeftOut = (name: Variable) =>
    withoutClinician === true && name.startsWith("SMOKE_CLINICIAN_");
  const names = Object.keys(variables) as Variable[];
  const missing = names.filter((name) => !env(name) && !isLeftOut(name));
  if (missing.length > 0 && ask === null) {
    throw new ClientError(`Set ${missing.join(", ")}, or run it in a terminal, which asks.`);
  }
  const values = new Map<Variable, string>();
  for (const name of names) {
    if (isLeftOut(name)) continue;
    const { what, hidden } = variables[name];
    const value = env(name) || await ask?.(`${what} (${name})`, hidden);
    if (value) values.set(name, value);
    else if (name === "SMOKE_CLINICIAN_EMAIL" && withoutClinician === undefined) {
      withoutClinician = true;
    } else throw new ClientError(`${name} is empty.`);
  }
  return toCredentials((name) => values.get(name) ?? "");
}

function toCredentials(of: (name: Variable) => string): Credentials {
  const clinician = {
    email: of("SMOKE_CLINICIAN_EMAIL"),
    password: of("SMOKE_CLINICIAN_PASSWORD"),
  };
  return {
    publishableKey: of("SUPABASE_PUBLISHABLE_KEY"),
    secretKey: of("SUPABASE_SECRET_KEY"),
    accounts: {
      user: { email: of("SMOKE_USER_EMAIL"), password: of("SMOKE_USER_PASSWORD") },
      clinician: clinician.email === "" ? null : clinician,
      admin: { email: of("SMOKE_ADMIN_EMAIL"), password: of("SMOKE_ADMIN_PASSWORD") },
    },
  };
}
