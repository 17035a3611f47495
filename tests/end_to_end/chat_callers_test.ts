/** Each kind of caller of `chat`, over HTTP: who passes, and what the others are told. */
import { expect } from "@std/expect";
import { decodeJwt } from "jose";
import { withChatProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { readSource } from "../support/source_files.ts";
import {
  es256,
  hs256,
  octJwk,
  octSecret,
  publicJwk,
} from "../supabase/functions/_shared/http/project_tokens.ts";

const stack = testStack();

Deno.test("chat answers every kind of user's token, and refuses every other caller in its envelope", () =>
  withFreshProject(stack, async (project) => {
    const { publishable, secret, serviceRole, anon, jwtSecret } = project.keys;
    const sub = String(decodeJwt(await project.token("patient")).sub);
    const legacy = await hs256({ sub }, jwtSecret);
    const bearer = (credential: string, apikey?: string) => ({
      authorization: `Bearer ${credential}`,
      ...(apikey !== undefined && { apikey }),
    });
    // Those marked * would be stopped by a platform's check of JWTs, or be told nothing by it that
    // a client of ours can read.
    const callers: readonly [string, Record<string, string>, number, string?][] = [
      ["a token of an older project, HS256 without a key id", bearer(legacy, publishable), 200],
      ["a token of a signing key, ES256", bearer(await es256({ sub }), publishable), 200],
      [
        "* a token of a shared signing key, HS256",
        bearer(await hs256({ sub }, octSecret, "shared")),
        200,
      ],
      [
        "an anonymous user's token",
        bearer(await es256({ sub, is_anonymous: true })),
        403,
        "forbidden",
      ],
      ["* a scheme in lower case", { authorization: `bearer ${legacy}` }, 200],
      ["* nothing", {}, 401, "missing_credentials"],
      ["* a publishable key alone", { apikey: publishable }, 401, "missing_credentials"],
      [
        "a publishable key in both headers",
        bearer(publishable, publishable),
        401,
        "missing_credentials",
      ],
      ["the legacy anon key", bearer(anon), 401, "missing_credentials"],
      ["* an expired token", bearer(await es256({ sub, exp: 1 })), 401, "invalid_credentials"],
      ["* a secret key as apikey", { apikey: secret }, 403, "forbidden"],
      ["* a secret key as the bearer", bearer(secret), 403, "forbidden"],
      ["the legacy service_role key", bearer(serviceRole), 403, "forbidden"],
    ];
    await withChatProcess(stack, async (url) => {
      for (const [who, headers, expected, code] of callers) {
        const { status, body } = await post(url, { message: "Hello" }, headers);
        expect({ who, status, code: body.error?.code }).toEqual({ who, status: expected, code });
      }
    }, { SUPABASE_JWKS: JSON.stringify({ keys: [publicJwk, octJwk] }) });
  }));

Deno.test("no function leaves its callers to the platform", () => {
  const settings = [...readSource("supabase/config.toml").matchAll(/^verify_jwt = (\w+)$/gm)];
  expect(settings.map(([, value]) => value)).toEqual(Array(4).fill("false"));
});
