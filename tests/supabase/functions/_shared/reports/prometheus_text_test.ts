import { expect } from "@std/expect";
import {
  type MetricFamily,
  writeMetrics,
  writeValue,
} from "../../../../../supabase/functions/_shared/reports/prometheus_text.ts";
import { scraped } from "../../../../support/scraped.ts";

const requests: MetricFamily = {
  name: "app_requests_total",
  help: "Requests.",
  type: "counter",
  samples: [{ labels: { path: "/", code: "200" }, value: 3 }],
};

Deno.test("writeMetrics() writes help, type and samples, each on a line of its own", () => {
  const size: MetricFamily = {
    name: "app_size_bytes",
    help: "Size.",
    type: "gauge",
    samples: [{ value: 0.5 }],
  };
  expect(writeMetrics([requests, size])).toBe(
    `# HELP app_requests_total Requests.
# TYPE app_requests_total counter
app_requests_total{path="/",code="200"} 3
# HELP app_size_bytes Size.
# TYPE app_size_bytes gauge
app_size_bytes 0.5
`,
  );
});

Deno.test("writeMetrics() leaves out what has no sample", () => {
  expect(writeMetrics([{ ...requests, samples: [] }])).toBe("");
});

Deno.test("writeMetrics() escapes what would end a label or a line", () => {
  const value = 'a "quoted" \\ back\nslash';
  const text = writeMetrics([{
    ...requests,
    help: "One\\two\nthree",
    samples: [{ labels: { path: value }, value: 1 }],
  }]);
  expect(text.split("\n")).toEqual([
    "# HELP app_requests_total One\\\\two\\nthree",
    "# TYPE app_requests_total counter",
    'app_requests_total{path="a \\"quoted\\" \\\\ back\\nslash"} 1',
    "",
  ]);
  expect(scraped(text)).toEqual([{
    name: requests.name,
    labels: { path: value },
    value: 1,
  }]);
});

Deno.test("writeMetrics() refuses names that the format does not allow", () => {
  for (const name of ["", "1st", "a-b", "a b", "ä"]) {
    expect(() => writeMetrics([{ ...requests, name }])).toThrow(TypeError);
    const samples = [{ labels: { [name]: "x" }, value: 1 }];
    expect(() => writeMetrics([{ ...requests, samples }])).toThrow(TypeError);
  }
  const samples = [{ labels: { __reserved: "x" }, value: 1 }];
  expect(() => writeMetrics([{ ...requests, samples }])).toThrow(TypeError);
});

Deno.test("writeValue() writes numbers as Go reads them", () => {
  const table: [number, string][] = [
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
    [0.0000001, "1e-7"],
    [1e21, "1e+21"],
    [1764072000, "1764072000"],
  ];
  for (const [value, text] of table) expect(writeValue(value)).toBe(text);
});
