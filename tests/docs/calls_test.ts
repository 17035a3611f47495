/** docs/api.md tells how each endpoint writes each error of a call, and which headers it sends. */
import { expect } from "@std/expect";
import {
  AppError,
  type ErrorCode,
  errorCodes,
} from "../../supabase/functions/_shared/core/app_error.ts";
import { anthropicDialect } from "../../supabase/functions/_shared/dialects/anthropic/anthropic.ts";
import { openaiDialect } from "../../supabase/functions/_shared/dialects/openai/openai.ts";
import { retryHeaders } from "../../supabase/functions/_shared/dialects/retry_headers.ts";
import { crossOriginHeaders } from "../../supabase/functions/_shared/http/cors.ts";
import { tableRows } from "../support/markdown.ts";
import { readSource } from "../support/source_files.ts";

/** Codes of changes, of conversations, and of what is stored only. */
const neverOfCalls: readonly ErrorCode[] = [
  "insufficient_aal",
  "key_not_found",
  "key_not_active",
  "limit_not_found",
  "alert_not_found",
  "legal_hold",
  "approval_required",
  "person_required",
  "second_person_required",
  "proposal_not_found",
  "proposal_not_open",
  "nothing_to_sign",
  "model_is_default",
  "successor_required",
  "model_exists",
  "alias_taken",
  "model_not_listed",
  "probe_failed",
  "probe_not_valid",
  "evaluation_required",
  "rollout_reverted",
  "rollout_active",
  "rollout_not_found",
  "rollout_ended",
  "registry_changed",
  "registry_locked",
  "user_not_found",
  "email_not_confirmed",
  "last_platform_admin",
  "own_role",
  "assistant_exists",
  "switch_not_found",
  "rollback_impossible",
  "last_available_model",
  "conversation_not_found",
  "conversation_pinned",
  "assistant_not_allowed",
  "turn_not_found",
  "request_id_reused",
  "turn_abandoned",
  "turn_in_progress",
  "client_disconnected",
  "model_suspended",
  "storage_unavailable",
];

/** The row of a code, without its first cell. */
function rowOf(code: ErrorCode): string[] {
  const error = new AppError(code);
  const openai = openaiDialect.describeError(error, "user", "an id");
  const { type, code: word } = (openai.body as { error: { type: string; code: string | null } })
    .error;
  const anthropic = anthropicDialect.describeError(error, "user", "an id");
  const anthropicType = (anthropic.body as { error: { type: string } }).error.type;
  const named = word === code && type === "api_error" ? ", the code" : word && `, \`${word}\``;
  expect(openai.headers["x-should-retry"]).toBe(anthropic.headers["x-should-retry"]);
  return [
    `${openai.status} \`${type}\`${named ?? ""}`,
    `${anthropic.status} \`${anthropicType}\``,
    openai.headers["x-should-retry"] === "true" ? "yes" : "no",
  ];
}

Deno.test("docs/api.md has every error of a call once, as each endpoint tells it", () => {
  const rows = tableRows(readSource("docs/api.md"), "codes");
  const documented = rows.flatMap(([codes = "", ...cells]) =>
    codes.replaceAll("`", "").split(", ").map((code) => [code, ...cells])
  );
  const known = errorCodes.filter((code) => !neverOfCalls.includes(code))
    .map((code) => [code, ...rowOf(code)]);
  const sorted = (rows: string[][]) => rows.toSorted((a, b) => a[0]! < b[0]! ? -1 : 1);
  expect(sorted(documented)).toEqual(sorted(known));
});

Deno.test("docs/api.md: a client is told to wait no longer than the page says", () => {
  const [, most] = /in how many seconds, at most (\d+) /.exec(readSource("docs/api.md")) ?? [];
  const headers = (retryAfterSeconds: number) =>
    retryHeaders(new AppError("bedrock_throttled", undefined, { retryAfterSeconds }));
  expect(headers(Number(most))).toEqual({ "x-should-retry": "true", "retry-after": most });
  expect(headers(Number(most) + 1)).toEqual({ "x-should-retry": "false" });
});

Deno.test("docs/api.md has every header of a call's answer, and no other", () => {
  const documented = tableRows(readSource("docs/api.md"), "header of the answer")
    .flatMap(([names = ""]) => names.replaceAll("`", "").split(", "));
  expect(documented.toSorted())
    .toEqual(crossOriginHeaders["Access-Control-Expose-Headers"]!.split(", ").toSorted());
});

Deno.test("neither endpoint answers with 409, which clients send again", () => {
  const statuses = errorCodes.flatMap((code) => [
    openaiDialect.describeError(new AppError(code), "user", "an id").status,
    anthropicDialect.describeError(new AppError(code), "user", "an id").status,
  ]);
  expect(statuses).not.toContain(409);
});
