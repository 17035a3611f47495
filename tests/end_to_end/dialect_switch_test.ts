/** Switches while clients call through both dialects: every process's next call has the new model. */
import { expect } from "@std/expect";
import { apiKeyOf } from "../support/api_key_of.ts";
import { withFunctionProcesses } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { switchDefault } from "../support/switch_default.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const claude35 = "anthropic.claude-3-5-sonnet-20241022-v2:0";

/** What the models say, each short enough to be one piece of a stream. */
const words = { [novaPro]: "I am Nova.", [claude35]: "I am Claude." };

interface Answer {
  readonly url: string;
  readonly stream: boolean;
  readonly status: number;
  readonly sentAt: number;
  readonly registryVersion: number;
  /** The model that answered, by its words. */
  readonly modelId: string | undefined;
}

interface MadeSwitch {
  readonly modelId: string;
  readonly registryVersion: number;
  /** When its operator knew of it. */
  readonly at: number;
}

async function ask(url: string, stream: boolean, key: string): Promise<Answer> {
  const sentAt = performance.now();
  const { status, headers, body } = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "default",
      max_tokens: 50,
      stream,
      messages: [{ role: "user", content: "Who are you?" }],
    }),
  });
  const text = await new Response(body).text();
  return {
    url,
    stream,
    status,
    sentAt,
    registryVersion: Number(headers.get("x-switchboard-registry-version")),
    modelId: Object.entries(words).find(([, said]) => text.includes(said))?.[0],
  };
}

/** Runs a test with four processes of each function, by the URLs of their dialects. */
async function withProcesses(test: (urls: readonly string[]) => Promise<void>): Promise<void> {
  await withFunctionProcesses(
    stack,
    "openai",
    4,
    (openai) =>
      withFunctionProcesses(stack, "anthropic", 4, (anthropic) =>
        test([
          ...openai.map((url) => `${url}/v1/chat/completions`),
          ...anthropic.map((url) => `${url}/v1/messages`),
        ])),
  );
}

async function registryVersion({ sql }: FreshProject): Promise<number> {
  const [row] = await sql`select version from registry_version`;
  return Number(row?.version);
}

/** Asked for after a switch and chosen by an older registry, or by a model that was not the default. */
function isStale(answer: Answer, switches: readonly MadeSwitch[]): boolean {
  const due = switches.findLast(({ at }) => at < answer.sentAt);
  const used = switches.findLast((made) => made.registryVersion <= answer.registryVersion);
  return due === undefined || answer.registryVersion < due.registryVersion ||
    answer.modelId !== used?.modelId;
}

Deno.test("a switch by any way is followed by the next call in every process, under constant load", () =>
  withFreshProject(stack, (project) =>
    withProcesses(async (urls) => {
      const key = await apiKeyOf(project.sql);
      for (const [model, text] of Object.entries(words)) {
        const content = [{ type: "text" as const, text }];
        await project.bedrock.scriptAnswer({ content }, { model, times: "until-removed" });
      }
      const answers: Answer[] = [];
      let switching = true;
      const load = Promise.all(urls.map(async (url) => {
        while (switching) {
          for (const stream of [false, true]) answers.push(await ask(url, stream, key));
        }
      }));

      const switches: MadeSwitch[] = [];
      /** Waits until each process has answered in both ways what was asked for since. */
      const made = async (modelId: string) => {
        const at = performance.now();
        switches.push({ modelId, registryVersion: await registryVersion(project), at });
        const answered = (url: string, stream: boolean) =>
          answers.some((a) => a.url === url && a.stream === stream && a.sentAt > at);
        const all = () => urls.every((url) => answered(url, false) && answered(url, true));
        await until(() => Promise.resolve(all()), "an answer of every process");
      };
      const makeAll = async () => {
        await made(novaPro);
        for (const switchTo of Object.values(switchDefault)) {
          for (const modelId of [claude35, novaPro]) {
            await switchTo(project, modelId);
            await made(modelId);
          }
        }
      };
      try {
        await Promise.race([load, makeAll()]);
      } finally {
        switching = false;
        await load;
      }
      const since = switches[0]?.at ?? Infinity;
      const judged = answers.filter(({ sentAt }) => sentAt > since);
      expect(judged.length).toBeGreaterThanOrEqual(7 * 2 * urls.length);
      expect(judged.filter((answer) => isStale(answer, switches))).toEqual([]);
    })));
