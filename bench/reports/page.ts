import { faults, mostMs } from "./judge.ts";
import type { Measurement } from "./measure.ts";

/** Under what the measurements were taken. */
export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  readonly postgres: string;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly days: number;
  readonly runs: number;
  /** How much of the ledger no roll-up has summed up yet. */
  readonly notSummedUp: { readonly hours: number; readonly rows: number };
}

/** The page that tells what was measured, and how. */
export function renderPage(
  measurements: readonly Measurement[],
  circumstances: Circumstances,
): string {
  const { rows, notSummedUp } = circumstances;
  const counts = Object.entries(rows).map(([table, count]) =>
    `${count.toLocaleString("en")} in \`${table}\``
  );
  const slowest = Math.max(...measurements.map(({ median }) => median));
  return `# How fast the reports are

Written by \`deno task bench:reports\`; run it again to measure on your machine.

- ${circumstances.date}, ${circumstances.machine}. ${circumstances.postgres}, the embedded stack's,
  with its default settings. Load average ${circumstances.loadBefore.toFixed(2)} before and ${
    circumstances.loadAfter.toFixed(2)
  } after.
- Rows: ${counts.join(", ")}; over ${circumstances.days} days, from \`deno task seed:history\`.
- Not summed up yet, as at worst: the last ${notSummedUp.hours.toFixed(0)} hours,
  ${notSummedUp.rows.toLocaleString("en")} rows of the ledger.
- Each statement ran ${circumstances.runs} times after a warm-up, in a transaction with the role and
  claims of the caller, on one connection: by a service key, which row-level security does not bind,
  and as a platform admin, whom it does. Times are milliseconds from sending the statement to having
  all rows: the median, then fastest and slowest. After the slash, the processor time of a run in
  the server, which says more where other programs ran beside it.
- The plans are those that \`auto_explain\` logs, with \`log_nested_statements\`, so of the
  statements inside the functions too. The last column names the tables of the ledger that were read
  from beginning to end.
- The run fails if a median is above ${mostMs} ms, if a plan reads \`ai_messages\` sequentially, or
  \`ai_usage\` sequentially where not all of its time is asked for. Slowest median here:
  ${slowest.toFixed(0)} ms.

${table(measurements, circumstances.days)}
`;
}

/** Small tables may be read whole; of these it matters. */
const large = ["ai_conversations", "ai_latency_days", "ai_messages", "ai_usage", "ai_usage_days"];

function table(measurements: readonly Measurement[], days: number): string {
  const callers = [...new Set(measurements.map(({ caller }) => caller))];
  const cases = [...new Set(measurements.map((measurement) => measurement.case))];
  const head = ["", "days", ...callers, "read whole"];
  const lines = cases.map((of) => {
    const each = measurements.filter((one) => one.case === of);
    const read = new Set(each.flatMap(({ readWhole }) => readWhole));
    return [
      code(of.name),
      of.days === null ? "" : String(of.days),
      ...callers.map((caller) => figures(each.find((one) => one.caller === caller)!, days)),
      large.filter((name) => read.has(name)).map(code).join(", "),
    ];
  });
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function figures(measurement: Measurement, days: number): string {
  const { median, fastest, slowest, processor } = measurement;
  const used = processor === undefined ? "" : ` / ${processor.toFixed(0)}`;
  const text = `${median.toFixed(0)} (${fastest.toFixed(0)}–${slowest.toFixed(0)})${used}`;
  return faults(measurement, days).length === 0 ? text : `**${text}**`;
}

function code(text: string): string {
  return "`" + text + "`";
}
