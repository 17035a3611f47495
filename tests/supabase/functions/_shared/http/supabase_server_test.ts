/**
 * The cases in which `@supabase/server` decides otherwise than the functions do, against the package
 * itself: docs/decisions/2026-11-29-callers-verified-by-our-own-code.md rests on them. A new release
 * that changes one fails here, and the decision is to be looked at again.
 */
import { expect } from "@std/expect";
import { verifyAuth } from "@supabase/server/core";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  createAuthenticator,
  refuseApiKey,
} from "../../../../../supabase/functions/_shared/http/authenticate.ts";
import { readEnvironment } from "../../../../../supabase/functions/_shared/runtime/environment.ts";
import {
  anonJwt,
  bearer,
  es256,
  hs256,
  jwtSecret,
  octJwk,
  octSecret,
  projectVariables,
  publicJwk,
  publishableKey,
  request,
  rotated,
  rotatedJwk,
  secretKey,
  serviceRoleJwt,
  stranger,
} from "./project_tokens.ts";

/** A caller as both tell it: who it is, or the code of the refusal. */
async function byUs(request: Request): Promise<string> {
  const environment = readEnvironment({
    ...projectVariables,
    SUPABASE_ANON_KEY: anonJwt,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleJwt,
    JWT_SECRET: jwtSecret,
  });
  const publishedKeys = () => Promise.resolve(Response.json({ keys: [rotatedJwk] }));
  try {
    const caller = refuseApiKey(await createAuthenticator(environment, publishedKeys)(request));
    return caller.kind === "user" ? "user" : `secret ${caller.keyName}`;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

async function byThem(request: Request): Promise<string> {
  const { data, error } = await verifyAuth(request, {
    auth: ["user", "secret:*"],
    env: {
      url: projectVariables.SUPABASE_URL,
      publishableKeys: JSON.parse(projectVariables.SUPABASE_PUBLISHABLE_KEYS),
      secretKeys: JSON.parse(projectVariables.SUPABASE_SECRET_KEYS),
      jwks: { keys: [publicJwk, octJwk] },
    },
  });
  if (error !== null) return error.code;
  return data.authMode === "user" ? "user" : `${data.authMode} ${data.keyName}`;
}

/** What is sent, and what the functions and the package make of it. */
type Case = readonly [
  what: string,
  /** A function where the request depends on the moment at which it is sent. */
  request: Request | (() => Promise<Request>),
  ours: string,
  theirs: string,
];

const sent = (authorization: string) => request({ authorization });

const alike: readonly Case[] = [
  ["an ES256 token of the project", bearer(await es256()), "user", "user"],
  ["the same of an anonymous user", bearer(await es256({ is_anonymous: true })), "user", "user"],
  ["an HS256 token of a shared key", bearer(await hs256({}, octSecret, "shared")), "user", "user"],
  ["a secret key as apikey", request({ apikey: secretKey }), "secret default", "secret default"],
  ["another named one", request({ apikey: "sb_secret_two" }), "secret ci", "secret ci"],
  [
    "a user's token beside a secret apikey",
    bearer(await es256(), secretKey),
    "user",
    "user",
  ],
  [
    "a publishable key alone",
    request({ apikey: publishableKey }),
    "missing_credentials",
    "INVALID_API_KEY",
  ],
  ["nothing", request({}), "missing_credentials", "MISSING_CREDENTIALS"],
  [
    "an unknown secret key",
    request({ apikey: "sb_secret_three" }),
    "invalid_credentials",
    "INVALID_API_KEY",
  ],
  ["an expired token", bearer(await es256({ exp: 1 })), "invalid_credentials", "INVALID_JWT"],
  [
    "a stranger's token",
    bearer(await es256({}, "current", stranger.privateKey)),
    "invalid_credentials",
    "INVALID_JWT",
  ],
  [
    "a token without a user",
    bearer(await es256({ sub: null })),
    "invalid_credentials",
    "INVALID_JWT",
  ],
];

/** Callers of today that the package would refuse. */
const refusedByThem: readonly Case[] = [
  ["a secret key as the bearer", bearer(secretKey), "secret default", "UNUSABLE_CREDENTIAL"],
  [
    "the same beside the publishable key",
    bearer(secretKey, publishableKey),
    "secret default",
    "INVALID_API_KEY",
  ],
  [
    "the legacy service_role key as the bearer",
    bearer(serviceRoleJwt),
    "secret service_role (legacy)",
    "INVALID_JWT",
  ],
  [
    "the legacy service_role key as apikey",
    request({ apikey: serviceRoleJwt }),
    "secret service_role (legacy)",
    "INVALID_API_KEY",
  ],
  ["an HS256 token without a key id", bearer(await hs256({}, jwtSecret)), "user", "INVALID_JWT"],
  [
    "a token of a key that was rotated in since the start",
    bearer(await es256({}, "rotated", rotated.privateKey)),
    "user",
    "INVALID_JWT",
  ],
  ["a scheme in lower case", sent(`bearer ${await es256()}`), "user", "UNUSABLE_CREDENTIAL"],
  [
    "a token that ended 3 s ago, by clocks that differ",
    async () => bearer(await es256({ exp: Math.floor(Date.now() / 1000) - 3 })),
    "user",
    "INVALID_JWT",
  ],
  [
    "the legacy anon key beside a secret apikey",
    bearer(anonJwt, secretKey),
    "secret default",
    "INVALID_JWT",
  ],
];

/** Tokens with a valid signature that the package would take for a user's. */
const acceptedByThem: readonly Case[] = [
  [
    "a role other than a user's",
    bearer(await es256({ role: "service_role" })),
    "invalid_credentials",
    "user",
  ],
  [
    "a token for another audience",
    bearer(await es256({ aud: "elsewhere" })),
    "invalid_credentials",
    "user",
  ],
  ["a token that never expires", bearer(await es256({ exp: null })), "invalid_credentials", "user"],
  [
    "a user id that is no uuid",
    bearer(await es256({ sub: "admin" })),
    "invalid_credentials",
    "user",
  ],
];

for (const [what, made, ours, theirs] of [...alike, ...refusedByThem, ...acceptedByThem]) {
  Deno.test(`verifyAuth() of @supabase/server and createAuthenticator(): ${what}`, async () => {
    const request = typeof made === "function" ? await made() : made;
    expect({ ours: await byUs(request), theirs: await byThem(request) }).toEqual({ ours, theirs });
  });
}
