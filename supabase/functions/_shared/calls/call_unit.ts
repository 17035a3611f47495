import { createHash } from "node:crypto";
import { textOf } from "../core/content.ts";
import type { AskedQuestion } from "../dialects/dialect.ts";

/** A client's own name of its session: ours, or Claude Code's. */
const sessionHeaders = ["x-switchboard-session", "x-claude-code-session-id"] as const;

/** Most characters that tell one beginning of a conversation from another. */
const longest = 10_000;

/**
 * What a rollout assigns of a caller's calls: a session that its client names, else what begins with
 * the same message of the user, so that the calls of one task come to one model. A digest: Postgres
 * gets it, and no word.
 */
export function callUnit(
  headers: Headers,
  { history, question }: Pick<AskedQuestion, "history" | "question">,
): string {
  const session = sessionHeaders.map((name) => headers.get(name)).find((value) => value);
  const first = history.find(({ role }) => role === "user") ?? question;
  const told = session ? `session ${session}` : `message ${textOf(first.blocks)}`;
  return createHash("sha256").update(told.slice(0, longest)).digest("hex");
}
