import { expect } from "@std/expect";
import { costsCsv, monthCsv } from "../../../console/src/format/costs_csv.ts";

const sums = { to_date_usd: 1.5, projected_usd: 3, unpriced: 0, estimated_usd: 0.25 };

Deno.test("monthCsv() has a line for each model and each assistant, unknown costs empty", () => {
  expect(monthCsv({
    month_start: "2026-11-01T00:00:00Z",
    as_of: "2026-11-16T00:00:00Z",
    elapsed_fraction: 0.5,
    ...sums,
    by_model: [{ model_id: "lite", ...sums }],
    by_assistant: [
      { assistant_type: "health", ...sums, to_date_usd: null, projected_usd: null },
      { assistant_type: null, ...sums },
    ],
  })).toBe(
    "month,by,name,to_date_usd,projected_usd,unpriced,estimated_usd\r\n" +
      "2026-11,model,lite,1.5,3,0,0.25\r\n" +
      "2026-11,assistant,health,,,0,0.25\r\n" +
      "2026-11,assistant,,1.5,3,0,0.25\r\n",
  );
});

Deno.test("costsCsv() has a line for each row, with who answered whom", () => {
  const row = {
    bucket_start: "2026-11-26T00:00:00Z",
    model_id: null,
    assistant_type: "health",
    turns: 2,
    cost_usd: 0.001,
    unpriced: 0,
    estimated_usd: 0,
    trial_usd: 0.0004,
  };
  expect(costsCsv([row, { ...row, model_id: "lite", assistant_type: null }])).toBe(
    "bucket_start,model_id,assistant_type,turns,cost_usd,unpriced,estimated_usd,trial_usd\r\n" +
      "2026-11-26T00:00:00Z,,health,2,0.001,0,0,0.0004\r\n" +
      "2026-11-26T00:00:00Z,lite,,2,0.001,0,0,0.0004\r\n",
  );
});
