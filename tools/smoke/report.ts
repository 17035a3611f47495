import type { Credentials } from "./credentials.ts";
import type { CheckResult, SmokeOutcome } from "./run_checks.ts";

/** One line of the report. */
export function describeResult({ name, ok, detail }: CheckResult): string {
  return `${ok ? "ok    " : "FAILED"}  ${name}${detail === "" ? "" : `: ${detail}`}`;
}

/** The end of the report: cost and counts. */
export function describeOutcome({ results, figures, interrupted }: SmokeOutcome): string {
  const { answers, costUsd, unpriced } = figures;
  const failed = results.filter(({ ok }) => !ok).length;
  return [
    `Cost: $${costUsd.toFixed(6)} for ${answers} answers and the probe` +
    (unpriced === 0 ? "." : `, without ${unpriced} whose price is not known.`),
    ...interrupted ? ["Interrupted: not every check was run."] : [],
    `${results.length - failed} passed, ${failed} failed`,
  ].join("\n");
}

/** Whether everything was run and is as it should be. */
export function isGood({ results, interrupted }: SmokeOutcome): boolean {
  return !interrupted && results.every(({ ok }) => ok);
}

/**
 * A line without anything that must not be pasted, should a check have let it in: keys, passwords,
 * addresses, tokens and the project's own name.
 */
export function withoutSecrets(line: string, url: string, credentials: Credentials): string {
  const { publishableKey, secretKey, accounts } = credentials;
  const secrets = [
    publishableKey,
    secretKey,
    ...Object.values(accounts).flatMap(({ email, password }) => [email, password]),
    new URL(url).host,
  ];
  return secrets.reduce((text, secret) => text.replaceAll(secret, "…"), line)
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bsb_(?:secret|publishable)_\w+/g, "…");
}
