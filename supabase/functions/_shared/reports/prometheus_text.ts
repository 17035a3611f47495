/** One metric with everything that is known of it. */
export interface MetricFamily {
  readonly name: string;
  /** One sentence, with the unit where the name does not say it. */
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** In the order in which they are written; those of one histogram next to each other. */
  readonly samples: readonly Sample[];
}

/** One value. */
export interface Sample {
  /** Which part of a histogram it is. */
  readonly part?: "_bucket" | "_sum" | "_count";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The content type of {@linkcode writeMetrics}. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics in the text format that Prometheus scrapes. Families without a sample are left out.
 *
 * Written here and not by a library, because those for JavaScript count within a process, and
 * these figures come counted from Postgres.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @throws {TypeError} for a name that the format does not allow
 */
export function writeMetrics(families: readonly MetricFamily[]): string {
  return families.filter(({ samples }) => samples.length > 0).map(writeFamily).join("");
}

function writeFamily({ name, help, type, samples }: MetricFamily): string {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new TypeError(`${name} is no metric's name`);
  const lines = [
    `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ part, labels, value }) =>
      `${name}${part ?? ""}${writeLabels(labels ?? {})} ${writeValue(value)}`
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new TypeError(`${name} is no label's name`);
    }
    return `${name}="${escapeLabel(value)}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}

/** Numbers as Prometheus writes them: JavaScript says `Infinity`. */
export function writeValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
