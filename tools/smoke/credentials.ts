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
  readonly accounts: Readonly<Record<Persona, Account>>;
}

/** Every variable, and what it is asked for by. Values that must not show are read without echo. */
export const variables = {
  SUPABASE_PUBLISHABLE_KEY: { what: "The publishable key", hidden: false },
  SUPABASE_SECRET_KEY: { what: "A secret key", hidden: true },
  SMOKE_USER_EMAIL: { what: "E-mail of a user without a role", hidden: false },
  SMOKE_USER_PASSWORD: { what: "and the password", hidden: true },
  SMOKE_CLINICIAN_EMAIL: { what: "E-mail of a user with the role `clinical`", hidden: false },
  SMOKE_CLINICIAN_PASSWORD: { what: "and the password", hidden: true },
  SMOKE_ADMIN_EMAIL: { what: "E-mail of a platform admin", hidden: false },
  SMOKE_ADMIN_PASSWORD: { what: "and the password", hidden: true },
} as const;

export type Variable = keyof typeof variables;

/**
 * Reads the credentials from the environment; asks for what is missing there.
 *
 * @param ask Null where nobody can be asked.
 * @throws {ClientError} naming the variables that are missing, never a value
 */
export async function readCredentials(
  env: (name: string) => string | undefined,
  ask: ((what: string, hidden: boolean) => Promise<string>) | null,
): Promise<Credentials> {
  const names = Object.keys(variables) as Variable[];
  const missing = names.filter((name) => !env(name));
  if (missing.length > 0 && ask === null) {
    throw new ClientError(`Set ${missing.join(", ")}, or run it in a terminal, which asks.`);
  }
  const values = new Map<Variable, string>();
  for (const name of names) {
    const { what, hidden } = variables[name];
    const value = env(name) || await ask?.(`${what} (${name})`, hidden);
    if (!value) throw new ClientError(`${name} is empty.`);
    values.set(name, value);
  }
  const of = (name: Variable) => values.get(name) ?? "";
  return {
    publishableKey: of("SUPABASE_PUBLISHABLE_KEY"),
    secretKey: of("SUPABASE_SECRET_KEY"),
    accounts: {
      user: { email: of("SMOKE_USER_EMAIL"), password: of("SMOKE_USER_PASSWORD") },
      clinician: { email: of("SMOKE_CLINICIAN_EMAIL"), password: of("SMOKE_CLINICIAN_PASSWORD") },
      admin: { email: of("SMOKE_ADMIN_EMAIL"), password: of("SMOKE_ADMIN_PASSWORD") },
    },
  };
}
