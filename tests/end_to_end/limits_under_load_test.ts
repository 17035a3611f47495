/**
 * Limits under load: many clients at once through every function, whose answers are stopped, cut,
 * failed and delayed at random, and one of whose instances is killed in the middle.
 */
import { expect } from "@std/expect";
import type postgres from "postgres";
import { decodeJwt } from "jose";
import { startFunction } from "../../local/functions/start_function.ts";
import { signal } from "../../local/processes.ts";
import type { BedrockStandInControl } from "../../stand-in/control_client.ts";
import type { FaultRuleInput } from "../../stand-in/faults/fault_rule.ts";
import { Random } from "../soak/random.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import {
  expireHolds,
  foldHolds,
  holdCount,
  limitDifferences,
  type LimitRow,
  limitState,
  removeLimits,
  setLimit,
} from "../support/limits.ts";
import { madeKey } from "../support/made_key.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";

const stack = testStack();

const novaPro = "eu.amazon.nova-pro-v1:0";

const surfaces = ["chat", "openai", "anthropic"] as const;
type Surface = typeof surfaces[number];
const paths = { chat: "", openai: "/v1/chat/completions", anthropic: "/v1/messages" } as const;

/** Most tokens that a call asks for. */
const mostTokens = 1000;

/** One request of a client, and what came of it. */
interface Asked {
  readonly surface: Surface;
  readonly credential: string;
  /** The instance that it is sent to, or the gateway. */
  readonly base: string;
  readonly requestId: string;
  /** Null: the connection ended before the answer did. */
  status: number | null;
  /** The name of the limit that it met. */
  limit: string | null;
}

interface Client {
  readonly surfaces: readonly Surface[];
  readonly credential: string;
}

const content = [{ type: "text" as const, text: "Rest, and drink water. ".repeat(12) }];

/** Answers with prices at which one costs cents, from models whose largest answer is known. */
async function prepare({ sql, bedrock }: FreshProject, outputPrice = 60): Promise<void> {
  await removeLimits(sql);
  await sql`
    update bedrock_models set is_available = false
    where format <> 'nova' or max_tokens > 10000`;
  await sql`
    update bedrock_models
    set input_cost_per_mtok = 10, output_cost_per_mtok = ${outputPrice},
      cache_read_cost_per_mtok = 1
    where format = 'nova'`;
  await sql`update ai_assistants set model_version = ${novaPro} where assistant_type = 'clinical'`;
  const usage = { inputTokens: 40, outputTokens: 200 };
  await bedrock.scriptAnswer({ content, usage }, { times: "until-removed" });
}

/** What a client may do with a request. */
interface Manner {
  readonly stream?: boolean;
  /** Whether a turn ends with its client, rather than without a reader. */
  readonly stops?: boolean;
  readonly leaveAfterMs?: number | null;
  readonly signal?: AbortSignal;
}

async function ask(
  { surface, credential, base, requestId }: Omit<Asked, "status" | "limit">,
  { stream = false, stops = false, leaveAfterMs = null, signal }: Manner = {},
): Promise<Pick<Asked, "status" | "limit"> & { readonly retryAfter?: string | null }> {
  const message = `What helps against a headache? ${requestId}`;
  const body = surface === "chat"
    ? { message, request_id: requestId, stream, on_disconnect: stops ? "stop" : "finish" }
    : {
      model: "default",
      max_tokens: mostTokens,
      messages: [{ role: "user", content: message }],
      stream,
    };
  const leaving = new AbortController();
  const timer = leaveAfterMs === null ? undefined : setTimeout(() => leaving.abort(), leaveAfterMs);
  try {
    const response = await fetch(`${base}${paths[surface]}`, {
      method: "POST",
      headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([leaving.signal, ...(signal ? [signal] : [])]),
    });
    const text = await response.text();
    const limit = /The limit is reached: ([^."]+)/.exec(text)?.[1] ?? null;
    return { status: response.status, limit, retryAfter: response.headers.get("retry-after") };
  } catch {
    return { status: null, limit: null };
  } finally {
    clearTimeout(timer);
  }
}

const gateway = (surface: Surface) => `${stack.apiUrl}/functions/v1/${surface}`;

const faults: readonly ((random: Random) => FaultRuleInput["fault"])[] = [
  () => ({ kind: "error", exception: "ThrottlingException" }),
  () => ({ kind: "error", exception: "ServiceUnavailableException" }),
  () => ({ kind: "error", exception: "ModelErrorException" }),
  () => ({ kind: "raw", status: 502, body: "<html>Bad Gateway</html>" }),
  (random) => ({ kind: "latency", ms: random.between(20, 300) }),
  (random) => ({ kind: "frame-latency", ms: random.between(1, 20) }),
  (random) => ({ kind: "cut", afterFrames: random.between(0, 12) }),
  (random) => ({
    kind: "exception-frame",
    exception: "ModelStreamErrorException",
    atFrame: random.between(0, 12),
  }),
];

/** Adds faults to the calls that come, and reads the limits all the time, until it is over. */
async function trouble(
  sql: postgres.Sql,
  bedrock: BedrockStandInControl,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const waiting = (await bedrock.faultRules()).length;
    for (let n = waiting; n < 5; n++) await bedrock.addFaultRule(random.pick(faults)(random));
    expect(await limitDifferences(sql)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

interface Load {
  readonly project: FreshProject;
  readonly random: Random;
  readonly clients: readonly Client[];
  readonly requestsEach: number;
  /** Where a surface answers, beside the gateway. */
  readonly bases?: Partial<Record<Surface, string>>;
  /** Gets every request before it is sent. */
  readonly asked: Asked[];
}

/** Sends the requests of all clients, each client's one after the other. */
async function sendAll(
  { project, random, clients, requestsEach, bases = {}, asked }: Load,
): Promise<void> {
  let over = false;
  const watching = trouble(project.sql, project.bedrock, random.fork(), () => over);
  const sent = clients.map(async ({ surfaces, credential }) => {
    const own = random.fork();
    for (let n = 0; n < requestsEach; n++) {
      const surface = own.pick(surfaces);
      const base = own.pick([gateway(surface), bases[surface] ?? gateway(surface)]);
      const requestId = crypto.randomUUID();
      const request: Asked = { surface, credential, base, requestId, status: null, limit: null };
      asked.push(request);
      Object.assign(
        request,
        await ask(request, {
          stream: own.chance(0.5),
          stops: own.chance(0.5),
          leaveAfterMs: own.chance(0.15) ? own.between(5, 300) : null,
        }),
      );
    }
  });
  await Promise.all(sent).finally(() => over = true);
  await watching;
}

/** Waits until all that was sent to the API has come to its end in Postgres. */
async function endOfSent({ sql, apiUrl, keys }: FreshProject): Promise<void> {
  // Behind all that waits for a connection.
  const headers = { apikey: keys.secret };
  const response = await fetch(`${apiUrl}/rest/v1/registry_version?select=version`, { headers });
  expect(response.status).toBe(200);
  await response.body?.cancel();
  const [now] = await sql`select clock_timestamp()::text as moment`;
  await until(async () => {
    const [running] = await sql`
      select count(*)::integer as transactions from pg_stat_activity
      where application_name = 'postgrest' and xact_start < ${now?.moment}::text::timestamptz`;
    return running?.transactions === 0;
  }, "the transactions of the API to end");
}

/** Runs a test with random numbers, and says in a failure which they were. */
async function withRandom(test: (random: Random) => Promise<void>): Promise<void> {
  const seed = Math.floor(Math.random() * 1_000_000);
  try {
    await test(new Random(seed));
  } catch (cause) {
    throw new Error(`with seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

const times = <T>(count: number, value: T): T[] => Array(count).fill(value);

Deno.test("64 clients at once spend no more than the project's dollar, while instances are killed", () =>
  withRandom((random) =>
    withFreshProject(stack, async (project) => {
      const { sql, bedrock, keys } = project;
      // The first answers are longer than any that was asked for.
      const usage = { inputTokens: 40, outputTokens: 6_000 };
      await bedrock.scriptAnswer({ content, usage }, { times: 2 });
      await prepare(project, 20);
      const id = await setLimit(sql, { scope: "project", unit: "usd", amount: 1, period: "total" });
      const users = await Promise.all(
        (["patient", "clinician", "admin"] as const).map(project.token),
      );
      const credentials = [...users, (await madeKey(sql)).key, keys.secret];
      const clients = Array.from({ length: 64 }, (_, n): Client => ({
        surfaces: n % credentials.length < users.length ? surfaces : ["openai", "anthropic"],
        credential: credentials[n % credentials.length] ?? "",
      }));
      const mortals = await Promise.all((["chat", "openai"] as const).map((name) =>
        startFunction({ name, env: stack.functionsEnv, deno: stack.functionsDeno })
      ));
      const [chat, openai] = mortals.map(({ url }) =>
        url
      );
      const asked: Asked[] = [];
      const ofKilled = async () => {
        const sent = new Map(asked.map((request) => [request.requestId, request]));
        const pending = await sql<{ request_id: string }[]>`
          select request_id from ai_messages where status = 'pending'`;
        return pending.map(({ request_id }) => sent.get(request_id));
      };
      try {
        const hasTurn = async () => (await ofKilled()).some((request) => request?.base === chat);
        const all = (name: Deno.Signal) =>
          mortals.forEach(({ process }) => signal(process.pid, name));
        const killing = (async () => {
          // Stopped first: what is on its way to Postgres still arrives.
          await until(async () => {
            if (!await hasTurn()) return false;
            all("SIGSTOP");
            await endOfSent(project);
            if (await hasTurn()) return true;
            all("SIGCONT");
            return false;
          }, "a turn in the instance that is killed");
          all("SIGKILL");
        })();
        const bases = { ...(chat && { chat }), ...(openai && { openai }) };
        await Promise.all([
          sendAll({ project, random, clients, requestsEach: 3, bases, asked }),
          killing,
        ]);
      } finally {
        await Promise.all(mortals.map((process) => process.stop()));
      }
      await bedrock.clearFaultRules();
      await until(
        async () => (await ofKilled()).every((request) => request?.base === chat),
        "the other instances to end their turns",
      );
      expect(asked.some(({ limit }) => limit === "USD in total for the project")).toBe(true);

      // A turn that is taken up again has its hold already, however full the limit is.
      const interrupted = await ofKilled();
      expect(interrupted.length).toBeGreaterThan(0);
      await sql`
        update ai_messages set begun_at = begun_at - interval '1 hour' where status = 'pending'`;
      for (const request of interrupted) {
        const again = await ask({ ...request!, base: gateway("chat") });
        expect(again).toMatchObject({ status: 200, limit: null });
      }

      await expireHolds(sql);
      await foldHolds(sql);
      const [ledger] = await sql`
        with runs as (
          select sum(coalesce(cost_usd, 0)) as cost, coalesce(max(granted_usd), 0) as granted
          from ai_usage group by question_id)
        select sum(cost)::float8 as cost, sum(greatest(cost - granted, 0))::float8 as beyond
        from runs`;
      const { spent, held } = await limitState(sql, id);
      expect(held).toBe(0);
      expect(spent).toBeCloseTo(ledger?.cost, 9);
      expect(ledger?.beyond).toBeGreaterThan(0);
      expect(spent).toBeLessThanOrEqual(1 + ledger?.beyond + 1e-9);
      expect(await limitDifferences(sql)).toEqual([]);
    })
  ));

/** Amounts that a few answers reach, and what is left for the last ones of the project. */
const cases = [
  {
    unit: "usd",
    each_user: 0.15,
    user: 0.1,
    api_key: 0.12,
    assistant: 0.12,
    project: 100,
    room: 0.2,
  },
  {
    unit: "tokens",
    each_user: 2_500,
    user: 2_000,
    api_key: 2_500,
    assistant: 2_500,
    project: 1_000_000,
    room: 4_000,
  },
  { unit: "turns", each_user: 12, user: 8, api_key: 10, assistant: 10, project: 10_000, room: 3 },
] as const;

for (const { unit, room, ...amounts } of cases) {
  Deno.test(`limits in ${unit} hold for each scope, through every function, under load`, () =>
    withRandom((random) =>
      withFreshProject(stack, async (project) => {
        const { sql, bedrock, keys } = project;
        await prepare(project);
        const [patient, clinician] = [
          await project.token("patient"),
          await project.token("clinician"),
        ];
        const ofOperations = await madeKey(sql, { assistant_type: "operations" });
        const limited = await madeKey(sql);
        const scopes: readonly Omit<LimitRow, "unit" | "amount">[] = [
          { scope: "each_user" },
          { scope: "user", user_id: decodeJwt(clinician).sub ?? "" },
          { scope: "api_key", api_key_id: limited.id },
          { scope: "assistant", assistant_type: "operations" },
          { scope: "project" },
        ];
        const limits = await Promise.all(scopes.map(async (scope) => {
          const amount = amounts[scope.scope];
          const id = await setLimit(sql, { ...scope, unit, amount, period: "total" });
          return { id, amount, scope: scope.scope };
        }));
        const dialects = ["openai", "anthropic"] as const;
        const clients = [
          { surfaces, credential: patient, reached: "each user" },
          { surfaces, credential: clinician, reached: "a user" },
          { surfaces: dialects, credential: ofOperations.key, reached: "operations" },
          { surfaces: dialects, credential: limited.key, reached: "an API key" },
        ];
        const load = clients.flatMap((client) => times(16, client));
        await sendAll({ project, random, clients: load, requestsEach: 2, asked: [] });
        await bedrock.clearFaultRules();
        await until(async () => await holdCount(sql) === 0, "every run to be settled");
        for (const { id, amount, scope } of limits) {
          const { spent, held } = await limitState(sql, id);
          expect(held).toBe(0);
          expect({ scope, isWithin: spent <= amount }).toEqual({ scope, isWithin: true });
        }

        // Runs of a burst hold what they may use and often come to nothing, so the last of each limit
        // is spent by runs that follow each other.
        for (const { surfaces: [surface], credential, reached } of clients) {
          let last = await askNow(surface, credential);
          for (let n = 0; n < 100 && last.status === 200; n++) {
            last = await askNow(surface, credential);
          }
          expect(last).toMatchObject({ status: 429, limit: expect.stringContaining(reached) });
        }
        for (const { id, amount, scope } of limits) {
          const { spent } = await limitState(sql, id);
          expect({ scope, isWithin: spent > 0 && spent <= amount })
            .toEqual({ scope, isWithin: true });
        }

        // The amount may be changed while its windows stand.
        const ofProject = limits.find(({ scope }) => scope === "project");
        const id = ofProject?.id ?? "";
        const amount = (await limitState(sql, id)).spent + room;
        await sql`update ai_limits set amount = ${amount} where id = ${id}`;
        const last = await Promise.all(
          Array.from(
            { length: 24 },
            (_, n) => askNow(n % 2 === 0 ? "openai" : "anthropic", keys.secret),
          ),
        );
        const answered = last.filter(({ status }) => status === 200).length;
        expect(last.filter(({ status, limit }) => status === 429 && limit?.includes("the project")))
          .toHaveLength(24 - answered);
        if (unit === "turns") expect(answered).toBe(room);
        expect(answered).toBeGreaterThan(0);
        expect(answered).toBeLessThan(24);
        expect((await limitState(sql, id)).spent).toBeLessThanOrEqual(amount);
        expect(await limitDifferences(sql)).toEqual([]);
      })
    ));
}

/** A request of its own, through the gateway. */
function askNow(surface: Surface, credential: string): ReturnType<typeof ask> {
  return ask({ surface, credential, base: gateway(surface), requestId: crypto.randomUUID() });
}

Deno.test("one user at a hundred requests gets exactly the limit, and all others are answered", () =>
  withFreshProject(stack, async (project) => {
    const { sql } = project;
    await prepare(project);
    await setLimit(sql, { scope: "each_user", unit: "turns", amount: 20, period: "total" });
    const patient = await project.token("patient");
    const [others, ofPatient] = await Promise.all([
      Promise.all(
        (["clinician", "admin", "facility"] as const).flatMap((persona) =>
          surfaces.map(async (surface) => await askNow(surface, await project.token(persona)))
        ),
      ),
      Promise.all(
        Array.from(
          { length: 100 },
          (_, n) => askNow(surfaces[n % surfaces.length] ?? "chat", patient),
        ),
      ),
    ]);
    expect(others.map(({ status }) => status)).toEqual(times(others.length, 200));
    const ends = ofPatient.map(({ status, limit }) => `${status} ${limit ?? ""}`).sort();
    expect(ends).toEqual([
      ...times(20, "200 "),
      ...times(80, "429 turns in total for each user"),
    ]);
    const [ledger] = await sql`
      select count(*)::int as turns from ai_usage where assistant_type = 'health'`;
    expect(ledger?.turns).toBe(20);
  }));

Deno.test("a user who has as many turns at once as allowed can go on as soon as one has ended", () =>
  withFreshProject(stack, async (project) => {
    const { sql, bedrock } = project;
    await prepare(project);
    const id = await setLimit(sql, { scope: "each_user", unit: "concurrent", amount: 4 });
    const patient = await project.token("patient");
    await bedrock.clearFaultRules();
    await bedrock.addFaultRule({ kind: "hang" }, { times: 4 });
    const leaving = new AbortController();
    const refused: Awaited<ReturnType<typeof ask>>[] = [];
    const all = Array.from({ length: 16 }, async (_, n) => {
      const surface = surfaces[n % surfaces.length] ?? "chat";
      const request = { surface, credential: patient, base: gateway(surface) };
      const outcome = await ask({ ...request, requestId: crypto.randomUUID() }, {
        stream: true,
        stops: true,
        signal: leaving.signal,
      });
      if (outcome.status !== null) refused.push(outcome);
    });
    await until(() => Promise.resolve(refused.length >= 12), "all but four to be refused");
    for (const { status, limit, retryAfter } of refused) {
      expect({ status, limit, retryAfter })
        .toEqual({ status: 429, limit: "turns at once for each user", retryAfter: "1" });
    }
    expect((await askNow("chat", await project.token("clinician"))).status).toBe(200);
    expect(await limitState(sql, id)).toEqual({ spent: 0, held: 4 });
    leaving.abort();
    await Promise.all(all);
    expect(refused).toHaveLength(12);
    await until(async () => (await askNow("openai", patient)).status === 200, "room for a turn");
    await until(async () => (await limitState(sql, id)).held === 0, "every turn to give back");
    expect(await holdCount(sql)).toBe(0);
  }));
