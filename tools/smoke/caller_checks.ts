/** Each kind of caller, through the platform's gateway: who passes, and who is refused how. */
import { expectThat, type SmokeCheck, type SmokeContext } from "./check.ts";
import { type Persona, personas } from "./credentials.ts";
import {
  type CallerHeaders,
  describeRefusal,
  type FunctionName,
  readRefusal,
} from "./smoke_project.ts";

type HeadersOf = (context: SmokeContext) => CallerHeaders | Promise<CallerHeaders>;

const secretAsApikey: HeadersOf = ({ credentials }) => ({ apikey: credentials.secretKey });
const secretAsBearer: HeadersOf = ({ credentials }) => ({
  authorization: `Bearer ${credentials.secretKey}`,
});
const publishable: HeadersOf = ({ credentials: { publishableKey } }) => ({
  apikey: publishableKey,
  authorization: `Bearer ${publishableKey}`,
});
/** A token of the project with other claims, which its signature does not cover. */
const forged: HeadersOf = async ({ as }) => {
  const [head, , signature] = ((await as("user")).authorization ?? "").split(".");
  const claims = btoa(JSON.stringify({ sub: crypto.randomUUID(), role: "authenticated", exp: 1 }));
  return { authorization: `${head}.${claims.replaceAll("=", "")}.${signature}` };
};

function signsIn(persona: Persona): SmokeCheck {
  return {
    name: `sign in: ${persona}`,
    persona,
    run: async ({ as }) => {
      await as(persona);
      return "";
    },
  };
}

function refuses(
  name: FunctionName,
  who: string,
  headersOf: HeadersOf,
  status: number,
  code: string,
): SmokeCheck {
  return {
    name: `${name} refuses ${who}`,
    run: async (context) => {
      const body = name === "chat" ? { message: "Smoke test." } : { action: "get-default" };
      const response = await context.project.post(name, body, await headersOf(context));
      const refusal = await readRefusal(response);
      expectThat(
        refusal.status === status && refusal.code === code,
        `${describeRefusal(refusal)}, expected ${status} ${code}`,
      );
      return `${status} ${code}`;
    },
  };
}

function manages(who: string, headersOf: HeadersOf): SmokeCheck {
  return {
    name: `manage-bedrock-models answers ${who}`,
    run: async (context) => {
      const { count, registry_version } = await context.project
        .manage({ action: "list" }, await headersOf(context));
      return `${count} models, registry version ${registry_version}`;
    },
  };
}

export const callerChecks: readonly SmokeCheck[] = [
  ...personas.map(signsIn),
  refuses("chat", "no credentials", () => ({}), 401, "missing_credentials"),
  refuses("chat", "a publishable key", publishable, 401, "missing_credentials"),
  refuses("chat", "a forged token", forged, 401, "invalid_credentials"),
  refuses("chat", "a secret key as apikey", secretAsApikey, 403, "forbidden"),
  refuses("chat", "a secret key as the bearer", secretAsBearer, 403, "forbidden"),
  refuses("manage-bedrock-models", "no credentials", () => ({}), 401, "missing_credentials"),
  refuses("manage-bedrock-models", "a publishable key", publishable, 401, "missing_credentials"),
  refuses("manage-bedrock-models", "a forged token", forged, 401, "invalid_credentials"),
  refuses("manage-bedrock-models", "a user", ({ as }) => as("user"), 403, "forbidden"),
  {
    ...refuses(
      "manage-bedrock-models",
      "a clinician",
      ({ as }) => as("clinician"),
      403,
      "forbidden",
    ),
    persona: "clinician",
  },
  manages("a secret key as apikey", secretAsApikey),
  manages("a secret key as the bearer", secretAsBearer),
  manages("a platform admin", ({ as }) => as("admin")),
];
