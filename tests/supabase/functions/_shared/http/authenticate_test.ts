import { createHash } from "node:crypto";
import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import {
  createAuthenticator,
  invalidApiKey,
  refuseApiKey,
} from "../../../../../supabase/functions/_shared/http/authenticate.ts";
import { readEnvironment } from "../../../../../supabase/functions/_shared/runtime/environment.ts";
import {
  anonJwt,
  bearer,
  es256,
  hs256,
  jwtSecret,
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
  userId,
} from "./project_tokens.ts";

/** What the Auth server would answer; a request for anything else fails the test. */
type AuthServer = (url: URL, request: Request) => Response;

const noAuthServer: AuthServer = (url) => {
  throw new Error(`unexpected request to ${url.pathname}`);
};

/** Publishes the rotated key and knows the users of an older project. */
const publishedKeys: AuthServer = (url) =>
  url.pathname.endsWith("/jwks.json")
    ? Response.json({ keys: [rotatedJwk] })
    : new Response(null, { status: 404 });

function authenticator(
  authServer: AuthServer = noAuthServer,
  withSecret = true,
  variables: Record<string, string> = {},
) {
  const environment = readEnvironment({
    ...projectVariables,
    ...variables,
    SUPABASE_ANON_KEY: anonJwt,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleJwt,
    ...(withSecret && { JWT_SECRET: jwtSecret }),
  });
  return createAuthenticator(environment, (input, init) => {
    const request = new Request(input, init);
    return Promise.resolve(authServer(new URL(request.url), request));
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => null, (error) => error);
  expect(error).toBeInstanceOf(AppError);
  return (error as AppError).code;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => null, (error) => error);
  expect(error).toBeInstanceOf(AppError);
  return `${error.message} ${error.hint}`;
}

const user = {
  kind: "user",
  accessToken: expect.any(String),
  userId,
  sessionId: null,
  aal: null,
  isAnonymous: false,
};

Deno.test("createAuthenticator() knows a user by a token of the project's injected keys", async () => {
  expect(await authenticator()(bearer(await es256()))).toEqual(user);
});

Deno.test("createAuthenticator() knows a user by any id that Postgres takes, as a seed writes them", async () => {
  const sub = "11111111-1111-1111-1111-111111111111";
  expect(await authenticator()(bearer(await es256({ sub })))).toEqual({ ...user, userId: sub });
});

Deno.test("createAuthenticator() tells the session, the assurance level and an anonymous sign-in, also the second time", async () => {
  const session_id = "3c0b5d6e-96a9-4a0e-9c43-7f6b6b8a2f11";
  const token = await es256({ session_id, aal: "aal2", is_anonymous: true });
  const authenticate = authenticator();
  for (let n = 0; n < 2; n++) {
    expect(await authenticate(bearer(token)))
      .toMatchObject({
        kind: "user",
        userId,
        sessionId: session_id,
        aal: "aal2",
        isAnonymous: true,
      });
  }
});

Deno.test("createAuthenticator() refuses a token of another issuer where the project's is known", async () => {
  const issuer = "https://auth.example.com/auth/v1";
  const known = authenticator(noAuthServer, true, { JWT_ISSUER: issuer });
  const foreign = bearer(await es256({ iss: "https://staging.example.com/auth/v1" }));
  expect(await messageOf(known(foreign))).toContain("issued by another Auth server");
  expect(await known(bearer(await es256({ iss: issuer })))).toEqual(user);
  // Signed with a key of the project, not by its Auth server.
  expect(await known(bearer(await es256()))).toEqual(user);
  expect(await authenticator()(foreign)).toEqual(user);
});

Deno.test("createAuthenticator() says that a token's time has not come or is over, whether Auth or the function verifies it", async () => {
  const now = Math.floor(Date.now() / 1000);
  const unknown = "a secret that only the Auth server of the project knows";
  const made = [
    (claims: { nbf?: number; exp?: number }) => es256(claims),
    (claims: { nbf?: number; exp?: number }) => hs256(claims, unknown),
  ];
  for (const token of made) {
    const authenticate = authenticator(noAuthServer, false);
    const early = await messageOf(authenticate(bearer(await token({ nbf: now + 60 }))));
    expect(early).toMatch(/nbf.*clocks/s);
    const late = await messageOf(authenticate(bearer(await token({ exp: now - 60 }))));
    expect(late).toContain("It has expired.");
  }
  expect(await authenticator()(bearer(await es256({ nbf: now + 3 })))).toEqual(user);
});

Deno.test("createAuthenticator() fetches the keys when a token names one rotated in since", async () => {
  const rotatedToken = await es256({}, "rotated", rotated.privateKey);
  expect(await authenticator(publishedKeys)(bearer(rotatedToken))).toEqual(user);
});

Deno.test("createAuthenticator() knows a user by an HS256 token without a kid and the project's secret", async () => {
  expect(await authenticator()(bearer(await hs256({}, jwtSecret)))).toEqual(user);
});

Deno.test("createAuthenticator() knows a user by an HS256 token of a shared key in the JWKS", async () => {
  const octToken = await hs256({}, octSecret, "shared");
  expect(await authenticator(noAuthServer, false)(bearer(octToken))).toEqual(user);
});

Deno.test("createAuthenticator() asks the Auth server about an HS256 token whose secret only it knows", async () => {
  const old = await hs256({}, "a secret that only the Auth server of the project knows");
  const asked: string[] = [];
  const authServer: AuthServer = (url, request) => {
    asked.push(`${url.pathname} ${request.headers.get("apikey")}`);
    const known = request.headers.get("authorization") === `Bearer ${old}`;
    return known ? Response.json({ id: userId }) : badToken();
  };
  const authenticate = authenticator(authServer, false);
  expect(await authenticate(bearer(old))).toEqual(user);
  const forged = await hs256({}, "a secret of somebody else, as long as it has to be");
  expect(await codeOf(authenticate(bearer(forged)))).toBe("invalid_credentials");
  expect(asked).toEqual(Array(2).fill(`/auth/v1/user ${publishableKey}`));
});

/** As the Auth server refuses a token. */
const badToken = () => Response.json({ code: 403, error_code: "bad_jwt" }, { status: 403 });

Deno.test("createAuthenticator() takes no status of the Auth server's address for proof", async () => {
  const invented = await hs256({}, "a secret of no project, as long as it has to be");
  const answers = [
    () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
    () => Response.json({}),
    () => Response.json([]),
    () => Response.json({ id: "99999999-9999-4999-8999-999999999999" }),
    () => new Response(null),
  ];
  for (const answer of answers) {
    expect(await codeOf(authenticator(answer, false)(bearer(invented)))).toBe(
      "invalid_credentials",
    );
  }
});

Deno.test("createAuthenticator() does not blame the token where the Auth server says nothing of it", async () => {
  const old = await hs256({}, "a secret that only the Auth server of the project knows");
  for (const status of [403, 408, 429, 401]) {
    const refuse = () => new Response("Too many requests", { status });
    expect([status, await codeOf(authenticator(refuse, false)(bearer(old)))])
      .toEqual([status, "auth_unavailable"]);
  }
});

Deno.test("createAuthenticator() refuses an Authorization that it cannot read, whatever apikey says", async () => {
  const token = await es256();
  const unreadable = [
    `Bearer ${token} x`,
    "Basic dXNlcjpwYXNz",
    "Bearer ",
    "Bearer",
    "",
    token,
    `Bearer ${token}, Bearer ${secretKey}`,
    `Bearer ${token},Bearer ${token}`,
  ];
  for (const authorization of unreadable) {
    for (const apikey of [{}, { apikey: secretKey }, { apikey: publishableKey }]) {
      const refusal = authenticator()(request({ authorization, ...apikey }));
      expect([authorization, await codeOf(refusal)]).toEqual([
        authorization,
        "invalid_credentials",
      ]);
    }
  }
});

Deno.test("createAuthenticator() asks the Auth server about such a token every time", async () => {
  const old = await hs256({}, "a secret that only the Auth server of the project knows");
  let signedIn = true;
  const authenticate = authenticator(
    () => signedIn ? Response.json({ id: userId }) : badToken(),
    false,
  );
  expect(await authenticate(bearer(old))).toEqual(user);
  signedIn = false;
  expect(await codeOf(authenticate(bearer(old)))).toBe("invalid_credentials");
});

Deno.test("createAuthenticator() takes no token for one that it has proved before but that very token", async () => {
  const authenticate = authenticator(publishedKeys);
  const proved = await es256();
  for (let n = 0; n < 2; n++) expect(await authenticate(bearer(proved))).toEqual(user);
  const [head = "", body = "", signature = ""] = proved.split(".");
  const other = await es256({ sub: "99999999-9999-4999-8999-999999999999" });
  const altered = [
    `${head}.${other.split(".")[1]}.${signature}`,
    `${head}.${body}.${other.split(".")[2]}`,
    `${proved}A`,
  ];
  for (const credential of altered) {
    expect(await codeOf(authenticate(bearer(credential)))).toBe("invalid_credentials");
  }
});

Deno.test("createAuthenticator() knows a secret key by its name, in apikey and as a bearer, and the legacy service_role key", async () => {
  const authenticate = authenticator();
  const keys = [
    ["default", secretKey],
    ["ci", "sb_secret_two"],
    ["service_role (legacy)", serviceRoleJwt],
  ] as const;
  for (const [keyName, key] of keys) {
    const service = { kind: "service", keyName };
    expect(await authenticate(bearer(key))).toEqual(service);
    expect(await authenticate(request({ apikey: key }))).toEqual(service);
    expect(await authenticate(bearer(key, publishableKey))).toEqual(service);
    expect(await authenticate(bearer(publishableKey, key))).toEqual(service);
  }
});

/** As the command and the console make it. */
const apiKey = `bsk_${"Ab-_9".repeat(8)}xyz`;
const apiKeyCaller = {
  kind: "api-key",
  digest: createHash("sha256").update(apiKey).digest("hex"),
  prefix: "bsk_Ab-_9A",
};

Deno.test("createAuthenticator() gives of an API key its digest and its beginning, in every header", async () => {
  const authenticate = authenticator();
  const requests = [
    bearer(apiKey),
    request({ "x-api-key": apiKey }),
    request({ apikey: apiKey }),
    bearer(apiKey, publishableKey),
    bearer(publishableKey, apiKey),
    request({ "x-api-key": publishableKey, apikey: apiKey }),
    request({ authorization: `Bearer ${anonJwt}`, "x-api-key": apiKey, apikey: secretKey }),
  ];
  for (const request of requests) expect(await authenticate(request)).toEqual(apiKeyCaller);
});

Deno.test("createAuthenticator() takes a secret key and a user's token as x-api-key", async () => {
  const authenticate = authenticator();
  expect(await authenticate(request({ "x-api-key": secretKey })))
    .toEqual({ kind: "service", keyName: "default" });
  expect(await authenticate(request({ "x-api-key": await es256(), apikey: secretKey })))
    .toEqual(user);
});

Deno.test("createAuthenticator() lets Authorization decide, then x-api-key, then apikey", async () => {
  const authenticate = authenticator();
  const token = await es256();
  const authorization = `Bearer ${token}`;
  expect(await authenticate(request({ authorization, "x-api-key": apiKey }))).toEqual(user);
  expect(await authenticate(request({ "x-api-key": apiKey, apikey: secretKey })))
    .toEqual(apiKeyCaller);
  const notUnderstood = [
    { authorization: "Bearer sk-ant-unknown", "x-api-key": apiKey },
    { authorization: "Bearer", "x-api-key": apiKey },
    { "x-api-key": "sk-ant-unknown", apikey: secretKey },
    { "x-api-key": "", apikey: secretKey },
    // Supabase's own header carries keys.
    { apikey: token },
  ];
  for (const headers of notUnderstood) {
    expect([headers, await codeOf(authenticate(request(headers)))])
      .toEqual([headers, "invalid_credentials"]);
  }
});

Deno.test("createAuthenticator() refuses a malformed API key in the words of an unknown one, and repeats nothing of it", async () => {
  const unknown = invalidApiKey("unknown");
  for (const key of [apiKey.slice(0, -1), `${apiKey}x`, "bsk_", `bsk_${"é".repeat(43)}`]) {
    const error = await authenticator()(bearer(key)).catch((error) => error);
    expect([error.code, error.message, error.hint])
      .toEqual([unknown.code, unknown.message, unknown.hint]);
    expect(error.logged).toBe("The API key is not valid: malformed.");
  }
});

Deno.test("refuseApiKey() refuses an API key, and passes on everyone else", () => {
  const service = { kind: "service", keyName: "default" } as const;
  expect(refuseApiKey(service)).toBe(service);
  expect(() => refuseApiKey({ kind: "api-key", digest: "00", prefix: "bsk_Ab-_9A" }))
    .toThrow("An API key cannot call this function.");
});

Deno.test("createAuthenticator() lets a user's token decide beside a secret apikey", async () => {
  const authenticate = authenticator();
  expect(await authenticate(bearer(await es256(), secretKey))).toEqual(user);
  const expired = await es256({ exp: 1 });
  expect(await codeOf(authenticate(bearer(expired, secretKey)))).toBe("invalid_credentials");
});

Deno.test("createAuthenticator() refuses a request with no credential or only a public one", async () => {
  const authenticate = authenticator();
  const requests = [
    request({}),
    request({ apikey: publishableKey }),
    request({ apikey: anonJwt }),
    request({ "x-api-key": publishableKey }),
    request({ "x-api-key": anonJwt, apikey: publishableKey }),
    bearer(publishableKey),
    bearer(anonJwt),
    bearer(anonJwt, publishableKey),
  ];
  for (const request of requests) {
    expect(await codeOf(authenticate(request))).toBe("missing_credentials");
  }
});

Deno.test("createAuthenticator() refuses every credential that is not proved", async () => {
  const valid = await es256();
  const [head = "", body = "", signature = ""] = valid.split(".");
  const encode = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
  const claims = { sub: userId, role: "authenticated", aud: "authenticated", exp: 9_999_999_999 };
  const publicKeyAsSecret = JSON.stringify(publicJwk).padEnd(32);
  const refused: Record<string, string> = {
    "an unknown secret key": "sb_secret_three",
    "a secret key cut short": secretKey.slice(0, -1),
    "a secret key and more": `${secretKey}x`,
    "an expired token": await es256({ exp: Math.floor(Date.now() / 1000) - 60 }),
    "a token that never expires": await es256({ exp: null }),
    "a token signed by a stranger": await es256({}, "current", stranger.privateKey),
    "a token with another body": `${head}.${encode(claims)}.${signature}`,
    "a token without its signature": `${head}.${body}.`,
    "an unsigned token": `${encode({ alg: "none" })}.${encode(claims)}.`,
    "an HS256 token signed with the public key": await hs256({}, publicKeyAsSecret, "current"),
    "an HS256 token of another secret": await hs256({}, "x".repeat(40)),
    "an HS256 token naming the shared key, signed with another": await hs256(
      {},
      jwtSecret,
      "shared",
    ),
    "a service_role token that is not the project's key": await hs256(
      { role: "service_role" },
      jwtSecret,
    ),
    "an anon token that is not the project's key": await hs256({ role: "anon" }, jwtSecret),
    "a token without a user": await es256({ sub: null }),
    "a token whose user is no uuid": await es256({ sub: "admin" }),
    "a token for another audience": await es256({ aud: "elsewhere" }),
    "three parts of nothing": "a.b.c",
    "three empty parts": "..",
  };
  const authenticate = authenticator((url) => {
    expect(url.pathname).toBe("/auth/v1/.well-known/jwks.json");
    return Response.json({ keys: [rotatedJwk] });
  });
  for (const [what, credential] of Object.entries(refused)) {
    const code = await codeOf(authenticate(bearer(credential)));
    expect(`${what}: ${code}`).toBe(`${what}: invalid_credentials`);
  }
});

Deno.test("createAuthenticator() says that the Auth server is away instead of blaming the token", async () => {
  const away: AuthServer = () => {
    throw new TypeError("connection refused");
  };
  const failing: AuthServer = () => new Response("oops", { status: 502 });
  const rotatedToken = await es256({}, "rotated", rotated.privateKey);
  const oldToken = await hs256({}, "a secret that only the Auth server of the project knows");
  for (const authServer of [away, failing]) {
    for (const credential of [rotatedToken, oldToken]) {
      const refusal = authenticator(authServer, false)(bearer(credential));
      expect(await codeOf(refusal)).toBe("auth_unavailable");
    }
  }
});

Deno.test("createAuthenticator() never repeats a credential in its error", async () => {
  const secret = "sb_secret_that_must_not_leak";
  for (const credential of [secret, "aaa.bbb.ccc"]) {
    const error = await authenticator(publishedKeys)(bearer(credential)).catch((error) => error);
    expect(`${error.message} ${error.hint}`).not.toContain(credential);
  }
});
