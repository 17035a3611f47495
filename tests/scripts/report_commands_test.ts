/** How switch-bedrock-model.sh shows reports, on answers of a simulated API. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { LocalServer } from "../support/local_server.ts";
import { runCommand } from "../support/run_command.ts";

const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");

const period = { from: "2026-11-01T00:00:00+00:00", to: "2026-11-03T12:00:00+00:00" };
const sonnet = "anthropic.claude-3-5-sonnet-20241022-v2:0";
const lite = "eu.amazon.nova-lite-v1:0";

/** Runs the command on an API that answers so, expects it to succeed, and returns its lines. */
async function shown(answer: object, ...args: string[]): Promise<string[]> {
  await using server = new LocalServer(() =>
    Response.json({ success: true, ...answer, registry_version: 7 })
  );
  const { code, stdout, stderr } = await runCommand("bash", [script, ...args], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
    LC_ALL: "C.UTF-8",
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.replace(/\n$/, "").split("\n");
  if (!args.includes("--csv") && !args.includes("--json")) {
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100);
  }
  return lines;
}

const figures = {
  turns: 3,
  complete: 1,
  partial: 1,
  failed: 1,
  fallbacks: 1,
  interventions: 6,
  conversations: 2,
  input_tokens: 1200,
  output_tokens: 34,
  cache_read_tokens: 100,
  cache_write_tokens: 7,
  cache_write_1h_tokens: 5,
  thinking_tokens: 4,
  cost_usd: 0.0000435,
  unpriced: 0,
  estimated_usd: 0.00001,
  trials: 1,
  trial_usd: 0.000002,
};

const usage = {
  ...period,
  bucket: "day",
  usage: [
    { bucket_start: "2026-11-01T00:00:00+00:00", model_id: lite, assistant_type: "health" },
    { bucket_start: "2026-11-02T00:00:00+00:00", model_id: sonnet, assistant_type: "clinical" },
    { bucket_start: "2026-11-02T00:00:00+00:00", model_id: null, assistant_type: "health" },
  ].map((row) => ({ ...row, ...figures })),
  totals: { ...figures, turns: 1234567, cost_usd: 1234.5, unpriced: 2 },
};

Deno.test("switch-bedrock-model.sh usage shows days, models and totals, aligned", async () => {
  expect(await shown(usage, "usage")).toEqual([
    "Usage, 2026-11-01 00:00 to 2026-11-03 12:00 UTC",
    "MODEL                     ASSISTANT      TURNS  ERRORS  FALLBACKS  TOKENS IN  TOKENS OUT",
    "2026-11-01",
    "eu.amazon.nova-lite-v1:0  health             3       2          1      1,307          34",
    "2026-11-02",
    sonnet,
    "                          clinical           3       2          1      1,307          34",
    "(no model asked)          health             3       2          1      1,307          34",
    "TOTAL                                1,234,567       2          1      1,307          34",
    "New conversations: 2; tokens in include cached tokens",
    'Cost: >1,234.500000 USD; details in "costs"',
    "The cost of 2 of the calls is unknown; > marks a sum without them",
    "0.000010 USD of it rest on estimated tokens: the models did not tell theirs",
    "0.000002 USD of it are of trials, which are no turns",
    "Registry version: 7",
  ]);
});

Deno.test("switch-bedrock-model.sh usage names hours and months, and no bucket for a total", async () => {
  const headings = async (bucket: string) =>
    (await shown({ ...usage, bucket }, "usage", "--by", bucket))
      .filter((line) => /^[\d-]+( [\d:]+Z)?$/.test(line));
  expect(await headings("hour")).toEqual(["2026-11-01 00:00Z", "2026-11-02 00:00Z"]);
  expect(await headings("month")).toEqual(["2026-11", "2026-11"]);
  expect(await headings("total")).toEqual([]);
});

Deno.test("switch-bedrock-model.sh usage of nothing shows a total of nothing", async () => {
  const nothing = Object.fromEntries(Object.keys(figures).map((name) => [name, 0]));
  const lines = await shown({ ...usage, usage: [], totals: nothing }, "usage");
  expect(lines[2]?.split(/ {2,}/)).toEqual(["TOTAL", "0", "0", "0", "0", "0"]);
  expect(lines).toContain('Cost: 0.000000 USD; details in "costs"');
});

const costs = {
  ...period,
  bucket: "day",
  costs: [
    {
      model_id: lite,
      assistant_type: "health",
      turns: 1000,
      cost_usd: 0.0000002,
      unpriced: 0,
      estimated_usd: 0,
      trial_usd: 0,
    },
    {
      model_id: sonnet,
      assistant_type: "clinical",
      turns: 2,
      cost_usd: 0.75,
      unpriced: 1,
      estimated_usd: 0.25,
      trial_usd: 0,
    },
    {
      model_id: "new",
      assistant_type: "clinical",
      turns: 1,
      cost_usd: null,
      unpriced: 1,
      estimated_usd: 0,
      trial_usd: 0,
    },
  ].map((row) => ({ bucket_start: "2026-11-01T00:00:00+00:00", ...row })),
  total_usd: 0.7500002,
  unpriced: 2,
  estimated_usd: 0.25,
  trial_usd: 0,
  month: {
    month_start: "2026-11-01T00:00:00+00:00",
    as_of: "2026-11-03T12:00:00+00:00",
    elapsed_fraction: 0.0833333333333333,
    to_date_usd: 1.5,
    projected_usd: 18,
    unpriced: 2,
    by_model: [
      { model_id: sonnet, to_date_usd: 1.5, projected_usd: 18, unpriced: 0 },
      { model_id: "new", to_date_usd: null, projected_usd: null, unpriced: 2 },
    ],
    by_assistant: [{
      assistant_type: "clinical",
      to_date_usd: 1.5,
      projected_usd: 18,
      unpriced: 2,
    }],
  },
};

Deno.test("switch-bedrock-model.sh costs says what is not known, and what the month will cost", async () => {
  expect(await shown(costs, "costs")).toEqual([
    "Costs, 2026-11-01 00:00 to 2026-11-03 12:00 UTC",
    "MODEL                                      ASSISTANT  TURNS   COST USD",
    "2026-11-01",
    "eu.amazon.nova-lite-v1:0                   health     1,000  <0.000001",
    "anthropic.claude-3-5-sonnet-20241022-v2:0  clinical       2  >0.750000",
    "new                                        clinical       1    unknown",
    "TOTAL                                                 1,003  >0.750000",
    "The cost of 2 of the calls is unknown; > marks a sum without them",
    "0.250000 USD of it rest on estimated tokens: the models did not tell theirs",
    "",
    "The month 2026-11, 8.3% of it",
    "                                           TO DATE USD  PROJECTED USD",
    "anthropic.claude-3-5-sonnet-20241022-v2:0     1.500000      18.000000",
    "new                                            unknown        unknown",
    "assistant clinical                           >1.500000     >18.000000",
    "TOTAL                                        >1.500000     >18.000000",
    "Projected linearly over the rest of the month",
    "Registry version: 7",
  ]);
});

const performance = {
  ...period,
  bucket: "total",
  performance: [{
    bucket_start: period.from,
    model_id: lite,
    answers: 1200,
    errors: 3,
    mean_ms: 812.4,
    stddev_ms: 1204.6,
    p50_ms: 640,
    p95_ms: 12001.5,
    p99_ms: 20000,
    ttft_mean_ms: 130,
    ttft_p50_ms: 120,
    ttft_p95_ms: 1340,
    ttft_p99_ms: 2000,
  }, {
    bucket_start: period.from,
    model_id: sonnet,
    answers: 0,
    errors: 1,
    mean_ms: null,
    stddev_ms: null,
    p50_ms: null,
    p95_ms: null,
    p99_ms: null,
    ttft_mean_ms: null,
    ttft_p50_ms: null,
    ttft_p95_ms: null,
    ttft_p99_ms: null,
  }],
};

Deno.test("switch-bedrock-model.sh performance shows times, and none where nothing was measured", async () => {
  expect(await shown(performance, "performance")).toEqual([
    "Performance, 2026-11-01 00:00 to 2026-11-03 12:00 UTC",
    "MODEL                     ANSWERS  ERRORS  MEAN ± SD MS  P50 MS  P95 MS  P99 MS  TTFT P50/P95 MS",
    "eu.amazon.nova-lite-v1:0    1,200       3   812 ± 1,205     640  12,002  20,000        120/1,340",
    sonnet,
    "                                0       1             -       -       -       -                -",
    "Times of complete answers; TTFT is the time to the first token",
    "Registry version: 7",
  ]);
});

const side = (turns: number, errors: number) => ({
  ...period,
  turns,
  errors,
  error_rate: turns === 0 ? null : errors / turns,
  mean_ms: turns === 0 ? null : 812.4,
  p95_ms: turns === 0 ? null : 1900,
  cost_per_turn_usd: turns === 0 ? null : 0.000123,
});
const effects = {
  ...period,
  window_hours: 24,
  count: 1,
  switches: [{
    switch_id: 42,
    created_at: "2026-11-02T09:30:00.5+00:00",
    source: "cli",
    action: "assign",
    assistant_type: "health",
    from_model_id: null,
    to_model_id: sonnet,
    actor_user_id: null,
    actor_key_name: null,
    probe: "passed",
    rollback_of: null,
    registry_version: 7,
    before: side(1200, 30),
    after: side(0, 0),
    convergence: { answers: 98, older: 0, first_asked_ms: 30, first_answer_ms: 812 },
  }],
};

Deno.test("switch-bedrock-model.sh effects compares the turns before and after a switch", async () => {
  expect(await shown(effects, "effects")).toEqual([
    "Switches, 2026-11-01 00:00 to 2026-11-03 12:00 UTC, with 24 hours before and after",
    "",
    "42  2026-11-02 09:30:00Z  cli  assign of health (probed)",
    `  none -> ${sonnet}`,
    "          TURNS  ERRORS  ERROR RATE  MEAN MS  P95 MS  USD PER TURN",
    "  before  1,200      30        2.5%      812   1,900      0.000123",
    "  after       0       0           -        -       -             -",
    "  Begun after it: 98; by an older registry, until now: 0; the first on it ended after 812 ms",
    "",
    "Registry version: 7",
  ]);
  expect(await shown({ ...effects, switches: [] }, "effects"))
    .toContain("No switches in this period");
  const many = [3, 2, 1].map((switch_id) => ({ ...effects.switches[0], switch_id }));
  const limited = await shown({ ...effects, switches: many }, "effects", "--limit", "2");
  expect(limited.filter((line) => line.includes("cli")).map((line) => line.split(" ")[0]))
    .toEqual(["3", "2"]);
});

const whatIf = {
  ...period,
  model_id: sonnet,
  model_name: "Claude 3.5 Sonnet v2",
  turns: 1200,
  unpriced: 2,
  actual_usd: 0.5,
  what_if_usd: 1.6,
  difference_usd: 1.1,
  cache_as_input: true,
  by_model: [{ model_id: lite, turns: 1200, actual_usd: 0.5, what_if_usd: 1.6 }],
};

Deno.test("switch-bedrock-model.sh what-if shows the difference, and that it is an estimate", async () => {
  expect(await shown(whatIf, sonnet, "what-if")).toEqual([
    `What if Claude 3.5 Sonnet v2 (${sonnet}) had answered`,
    "2026-11-01 00:00 to 2026-11-03 12:00 UTC",
    "MODEL THAT ANSWERED       TURNS  ACTUAL USD  WHAT IF USD",
    "eu.amazon.nova-lite-v1:0  1,200    0.500000     1.600000",
    "TOTAL                     1,200    0.500000     1.600000",
    "Difference: 1.100000 USD more, 220.0% more",
    "The actual cost is higher: that of 2 calls is unknown",
    "Cached tokens are counted as input: the model has no price for them",
    "An estimate: the same tokens at the prices of now. Models split text into tokens of their own,",
    "and would have answered at another length.",
    "Registry version: 7",
  ]);
  const cheaper = { ...whatIf, what_if_usd: 0.4, difference_usd: -0.1 };
  expect(await shown(cheaper, sonnet, "what-if"))
    .toContain("Difference: 0.100000 USD less, 20.0% saved");
  const unknown = { ...whatIf, actual_usd: null, difference_usd: null };
  expect(await shown(unknown, sonnet, "what-if")).toContain("Difference: unknown");
});

Deno.test("switch-bedrock-model.sh --csv prints plain figures, and nothing for what is not known", async () => {
  expect(await shown(usage, "usage", "--csv")).toEqual([
    "bucket_start,model_id,assistant_type,turns,complete,partial,failed,fallbacks,interventions,conversations," +
    "input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cache_write_1h_tokens," +
    "thinking_tokens,cost_usd,unpriced,estimated_usd,trials,trial_usd",
    `2026-11-01T00:00:00+00:00,${lite},health,3,1,1,1,1,6,2,1200,34,100,7,5,4,0.0000435,0,0.00001,1,0.000002`,
    `2026-11-02T00:00:00+00:00,${sonnet},clinical,3,1,1,1,1,6,2,1200,34,100,7,5,4,0.0000435,0,0.00001,1,0.000002`,
    "2026-11-02T00:00:00+00:00,,health,3,1,1,1,1,6,2,1200,34,100,7,5,4,0.0000435,0,0.00001,1,0.000002",
  ].map((line) => `${line}\r`));
  expect((await shown(costs, "costs", "--csv")).slice(1)).toEqual([
    `2026-11-01T00:00:00+00:00,${lite},health,1000,0.0000002,0,0,0\r`,
    `2026-11-01T00:00:00+00:00,${sonnet},clinical,2,0.75,1,0.25,0\r`,
    "2026-11-01T00:00:00+00:00,new,clinical,1,,1,0,0\r",
  ]);
  expect((await shown(performance, "performance", "--csv")).slice(1)).toEqual([
    `${period.from},${lite},1200,3,812.4,1204.6,640,12001.5,20000,130,120,1340,2000\r`,
    `${period.from},${sonnet},0,1,,,,,,,,,\r`,
  ]);
});

Deno.test("switch-bedrock-model.sh --csv quotes what would end a cell, and disarms formulas", async () => {
  const cells: [string, string][] = [
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+1", "'+1"],
    ["-1+2", "'-1+2"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["a,b", '"a,b"'],
    ['a "b"', '"a ""b"""'],
    ["a\r\n=b\t", "a =b "],
    ["a=b", "a=b"],
  ];
  const rows = cells.map(([model_id]) => ({ ...costs.costs[0], model_id }));
  const lines = await shown({ ...costs, costs: rows }, "costs", "--csv");
  expect(lines.slice(1)).toEqual(
    cells.map(([, cell]) => `2026-11-01T00:00:00+00:00,${cell},health,1000,0.0000002,0,0,0\r`),
  );
});

Deno.test("switch-bedrock-model.sh --csv writes small and large numbers with all their digits", async () => {
  const numbers: [number, string][] = [
    [1e-7, "0.0000001"],
    [1.25e-10, "0.000000000125"],
    [0.0001, "0.0001"],
    [123456.789012345, "123456.789012345"],
    [1e21, `1${"0".repeat(21)}`],
    [1.5e22, `15${"0".repeat(21)}`],
    [0, "0"],
  ];
  const rows = numbers.map(([cost_usd]) => ({ ...costs.costs[0], cost_usd }));
  const lines = await shown({ ...costs, costs: rows }, "costs", "--csv");
  expect(lines.slice(1).map((line) => line.split(",")[4])).toEqual(
    numbers.map(([, text]) => text),
  );
});

Deno.test("switch-bedrock-model.sh reports send the terminal no control sequence", async () => {
  // Neither control characters nor those that end a line or turn its direction.
  const assistant_type = "\u001b[31mred\nline\u2028a\u202eb\u2067c\u200fd";
  const answer = { ...costs, costs: [{ ...costs.costs[0], assistant_type }] };
  const shownType = " [31mred line a b c d";
  expect((await shown(answer, "costs")).join("\n"))
    .toContain(`eu.amazon.nova-lite-v1:0  ${shownType}`);
  expect((await shown(answer, "costs", "--csv"))[1]?.split(",")[2]).toBe(shownType);
  const [json = ""] = await shown(answer, "costs", "--json");
  expect(JSON.parse(json).costs[0].assistant_type).toBe(assistant_type);
});

Deno.test("switch-bedrock-model.sh --csv prints no table when it is refused", async () => {
  await using server = new LocalServer(() =>
    Response.json({ success: false, error: { code: "invalid_request", message: "No." } })
  );
  const { code, stdout, stderr } = await runCommand("bash", [script, "usage", "--csv"], {
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: "sb_secret_of-a-test",
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: "",
    stderr: "switch-bedrock-model.sh: No. (invalid_request)\n",
  });
});
