import { baselinesConfig, benchDir, functionsDir } from "../paths.ts";
import { startBenchStack } from "../processes/running_stack.ts";
import { combine, type Values } from "../comparison/interval.ts";
import { atMost } from "../comparison/target.ts";
import { measured, megabytes, table } from "../results/table.ts";
import { functionsEnv } from "../servers/function_servers.ts";
import { recordAnswers } from "../upstream/recorded_answers.ts";
import { startUpstream } from "../upstream/start_upstream.ts";
import { createApiKey, signUpUsers } from "../users.ts";
import { type ColdSample, loadPackage, startCold } from "./cold_starts.ts";
import type { Scenario } from "./scenario.ts";

const introduction = `
From the start of a process to the end of its first answer, with Deno's caches warm, as after a
deployment; memory is what is resident then. The share of a package is what a process that loads it
and ends takes more than one that loads nothing; packages share parts, so the shares do not add up.
`;

/** Packages that the functions load, by the file that loads each. */
const packages: Readonly<Record<string, string>> = {
  "nothing": "nothing.ts",
  "`zod`": "zod.ts",
  "`jose`": "jose.ts",
  "`@aws-sdk/client-bedrock-runtime`": "aws_sdk.ts",
  "`@supabase/supabase-js` (`manage-bedrock-models` only)": "supabase_js.ts",
  "`@supabase/supabase-js/cors`": "supabase_cors.ts",
};

/** Scenario 4: the time to the first answer of a new instance. */
export const coldStart: Scenario = async (bench) => {
  await using cleanUp = new AsyncDisposableStack();
  const stack = await startBenchStack();
  cleanUp.defer(() => stack.stop());
  const [user] = await signUpUsers(stack, 1);
  const upstream = await startUpstream(await recordAnswers());
  cleanUp.defer(() => upstream.stop());
  const env = functionsEnv(stack, upstream);
  const apiKey = await createApiKey(stack);
  const messages = [{ role: "user", content: "Good morning" }];
  const ours = (name: string, token: string, body: object, path = "") => ({
    name,
    file: `${functionsDir}/${name}/index.ts`,
    config: `${functionsDir}/${name}/deno.json`,
    env,
    path: `/${name}${path}`,
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  const servers = [
    ours("chat", user?.token ?? "", { message: "Good morning" }),
    ours("manage-bedrock-models", stack.keys.secret, { action: "get-default" }),
    ours("openai", apiKey, { model: "default", messages }, "/v1/chat/completions"),
    ours("anthropic", apiKey, { model: "default", messages, max_tokens: 512 }, "/v1/messages"),
    {
      name: "AWS SDK server with supabase-js",
      file: `${benchDir}baselines/aws_sdk_supabase_server.ts`,
      config: baselinesConfig,
      env,
      path: "/",
      headers: {},
      body: { message: "Good morning" },
    },
  ];

  const programs: { name: string; samples: ColdSample[]; run: () => Promise<ColdSample> }[] = [
    ...servers.map((server) => ({
      name: server.name,
      samples: [],
      run: () => startCold(server),
    })),
    ...Object.entries(packages).map(([name, file]) => ({
      name,
      samples: [],
      run: () => loadPackage(file),
    })),
  ];
  const { rounds } = bench.plan.coldStart;
  // The first round fills Deno's caches.
  for (let round = 0; round <= rounds; round++) {
    bench.progress(`cold start: round ${round} of ${rounds}`);
    for (const { samples, run } of programs) {
      bench.signal.throwIfAborted();
      const sample = await run();
      if (round > 0) samples.push(sample);
    }
  }

  // Each round starts all of them.
  const of = (name: string, figure: keyof ColdSample): Values =>
    (programs.find((each) => each.name === name)?.samples ?? []).map((sample) => [sample[figure]]);
  const beyond = (name: string, base: string, figure: keyof ColdSample, how: "less" | "ratio") =>
    combine(
      of(name, figure),
      of(base, figure),
      (value, below) => how === "less" ? value - below : value / below,
    );
  const baseline = "AWS SDK server with supabase-js";
  return {
    title: "Cold start",
    lines: [
      introduction,
      ...table(
        ["", "first answer ms", "memory MB"],
        servers.map(({ name }) => [
          name,
          measured(of(name, "firstAnswerMs")),
          measured(of(name, "memory"), megabytes),
        ]),
      ),
      ...table(
        ["share of", "ms", "MB"],
        Object.keys(packages).map((name) => {
          if (name === "nothing") {
            return [
              "a process of Deno that loads nothing",
              measured(of(name, "firstAnswerMs")),
              measured(of(name, "memory"), megabytes),
            ];
          }
          return [
            name,
            measured(beyond(name, "nothing", "firstAnswerMs", "less")),
            measured(beyond(name, "nothing", "memory", "less"), megabytes),
          ];
        }),
      ),
    ],
    targets: [
      atMost(
        "Cold start of `chat` at most 1.3 × that of an AWS SDK server with supabase-js",
        1.3,
        beyond("chat", baseline, "firstAnswerMs", "ratio"),
      ),
    ],
    failures: [],
  };
};
