import type { Credentials } from "./credentials.ts";
import type { CheckResult, SmokeOutcome } from "./run_checks.ts";

/** One line of the report. */
export function describeResult({ name, status, detail }: CheckResult): string {
  const word = status === "ok" ? status : status.toUpperCase();
  return `${word.padEnd(7)} ${name}${detail === "" ? "" : `: ${detail}`}`;
}

/** The end of the report: cost and counts. */
export function describeOutcome({ results, figures, interrupted }: SmokeOutcome): string {
  const { answers, costUsd, unpriced } = figures;
  const count = (status: CheckResult["status"]) =>
    results.filter((result) => result.status === status).length;
  const skipped = count("skipped");
  return [
    `Cost: $${costUsd.toFixed(6)} for ${answers} answers and the probe` +
    (unpriced === 0 ? "." : `, without ${unpriced} whose price is not known.`),
    ...interrupted ? ["Interrupted: not every check was run."] : [],
    `${count("ok")} passed,${skipped === 0 ? "" : ` ${skipped} skipped,`} ${
      count("failed")
    } failed`,
  ].join("\n");
}

/** Whether everything was run and is as it should be. */
export function isGood({ results, interrupted }: SmokeOutcome): boolean {
  return !interrupted && results.every(({ status }) => status !== "failed");
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
    ...Object.values(accounts).flatMap((account) =>
      account === null ? [] : [account.email, account.password]
    ),
    new URL(url).host,
  ];
  return secrets.reduce((text, secret) => text.replaceAll(secret, "…"), line)
    .replaceAll(
      /\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bsb_(?:secret|publishable)_\w+|\bbsk_[\w-]{43}/g,
      "…",
    );
}
