/**
 * A rollout that is found worse while clients call through four processes: from the commit that
 * takes it back, none of them answers from its model.
 */
import { expect } from "@std/expect";
import { apiKeyOf } from "../support/api_key_of.ts";
import { withFunctionProcesses } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";

interface Called {
  readonly url: string;
  readonly sentAt: number;
  readonly modelId: string | null;
  readonly registryVersion: number;
}

/** A call of a new session, so that each is assigned for itself. */
async function call(url: string, key: string): Promise<Called> {
  const sentAt = performance.now();
  const { status, headers, body } = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "x-switchboard-session": crypto.randomUUID(),
    },
    body: JSON.stringify({
      model: "default",
      max_tokens: 50,
      messages: [{ role: "user", content: "Who are you?" }],
    }),
  });
  await body?.cancel();
  expect(status).toBe(200);
  return {
    url,
    sentAt,
    modelId: headers.get("x-switchboard-model"),
    registryVersion: Number(headers.get("x-switchboard-registry-version")),
  };
}

/** New conversations of an admin until one of them is on each side, by the model that answered. */
async function conversationsOfBoth({ ask }: FreshProject): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let n = 0; ids.size < 2 && n < 40; n++) {
    const { body } = await ask("admin", "Who are you?");
    ids.set(body.model.model_id, body.conversation_id);
  }
  expect(new Set(ids.keys())).toEqual(new Set([novaMicro, novaPro]));
  return ids;
}

Deno.test("no answer that began after the commit that takes a rollout back comes from its model", () =>
  withFreshProject(stack, (project) =>
    withFunctionProcesses(stack, "openai", 4, async (urls) => {
      const { sql, bedrock } = project;
      const key = await apiKeyOf(sql);
      const [made] = await sql`select start_rollout(${novaMicro}, 50) as made`;
      const { id } = made!.made.rollout;
      const conversations = await conversationsOfBoth(project);

      const answers: Called[] = [];
      let calling = true;
      const load = Promise.all(urls.map(async (url) => {
        while (calling) answers.push(await call(url, key));
      }));
      const everyProcess = (modelId: string, since: number) =>
        until(
          () =>
            Promise.resolve(
              urls.every((url) =>
                answers.some((a) => a.url === url && a.modelId === modelId && a.sentAt > since)
              ),
            ),
          `an answer of ${modelId} from every process`,
        );
      let endedAt = Infinity;
      const watch = async () => {
        for (const modelId of [novaMicro, novaPro]) await everyProcess(modelId, 0);
        await bedrock.addFaultRule(
          { kind: "error", exception: "ServiceUnavailableException" },
          { model: novaMicro, times: "until-removed" },
        );
        await until(
          async () =>
            (await sql`select from ai_rollouts where id = ${id} and outcome = 'reverted'`)
              .length > 0,
          "the rollout to be taken back",
        );
        endedAt = performance.now();
        // It could answer again, and is not asked.
        await bedrock.clearFaultRules();
        await everyProcess(novaPro, endedAt);
      };
      try {
        await Promise.race([load, watch()]);
      } finally {
        calling = false;
        await load;
      }

      const [reverted] = await sql`
        select registry_version::int as version from model_switches
        where action = 'revert-rollout' and source = 'watch'`;
      const after = answers.filter(({ sentAt, registryVersion }) =>
        sentAt > endedAt || registryVersion >= reverted!.version
      );
      expect(after.length).toBeGreaterThanOrEqual(urls.length);
      expect(after.filter(({ modelId }) => modelId === novaMicro)).toEqual([]);
      expect(
        answers.filter((a) => a.sentAt > endedAt && a.registryVersion < reverted!.version),
      ).toEqual([]);
      const [verdict] = await sql`
        select guard from ai_rollout_verdicts where rollout_id = ${id} and verdict = 'worse'`;
      expect(verdict?.guard).toBe("errors");

      const goOn = async (modelId: string) => {
        const conversation_id = conversations.get(modelId);
        const { body } = await project.ask("admin", { message: "And else?", conversation_id });
        return [body.model.model_id, body.model.reason, body.model.fallback_code];
      };
      expect(await goOn(novaMicro)).toEqual([novaPro, "fallback", "rollout_reverted"]);
      expect(await goOn(novaPro)).toEqual([novaPro, "pinned", undefined]);
    })));
