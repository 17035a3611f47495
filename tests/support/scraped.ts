/** Reads the text that Prometheus scrapes, by a parser that is not ours. */
import parsePrometheusTextFormat from "parse-prometheus-text-format";

export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ParsedFamily {
  readonly name: string;
  readonly metrics: readonly {
    value: string;
    labels?: Record<string, string>;
  }[];
}

/** Every sample in its order. Throws on a line that is none, and on a value that is no number. */
export function scraped(text: string): ScrapedSample[] {
  // The parser folds the series of a histogram into one and forgets their labels, so it is not
  // told which families are histograms and reads every line for itself.
  const plain = text.replace(/^# TYPE \S+ histogram\n/gm, "");
  return (parsePrometheusTextFormat(plain) as ParsedFamily[]).flatMap((
    { name, metrics },
  ) =>
    metrics.map(({ value, labels = {} }) => {
      const number = value === "+Inf" ? Infinity : Number(value);
      if (Number.isNaN(number)) {
        throw new Error(`${name} has the value ${value}.`);
      }
      return { name, labels, value: number };
    })
  );
}

/** The value of one sample; undefined where there is none. */
export function valueOf(
  samples: readonly ScrapedSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const key = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort());
  return samples.find((sample) => sample.name === name && key(sample.labels) === key(labels))
    ?.value;
}
