/** A project in its first state for each end-to-end test, on the stack that runs already. */
import type postgres from "postgres";
import { BedrockStandInControl } from "../../stand-in/control_client.ts";
import { type Answer, chat, type Persona, type Project, signIn } from "./project_client.ts";
import { connect } from "./connect.ts";
import { firstRowsPath, seedPath } from "./database_server.ts";

/** What a test can reach: the API, the database as an operator, and the stand-in. */
export interface FreshProject extends Project {
  readonly sql: postgres.Sql;
  readonly bedrock: BedrockStandInControl;
  /** Asks as a demo user. */
  ask(
    persona: Persona,
    body: string | Record<string, unknown>,
  ): Promise<Answer>;
  token(persona: Persona): Promise<string>;
}

/** The parts of a stack that are needed here. */
export interface RunningStack extends Project {
  readonly dbUrl: string;
  readonly bedrockUrl: string;
}

/** Runs a test on a project with the seed, the demo users and nothing else. */
export async function withFreshProject(
  stack: RunningStack,
  test: (project: FreshProject) => Promise<void>,
): Promise<void> {
  const sql = connect({ port: Number(new URL(stack.dbUrl).port), max: 4 });
  const bedrock = new BedrockStandInControl(stack.bedrockUrl);
  const tokens = new Map<Persona, Promise<string>>();
  const token = (persona: Persona) => {
    const known = tokens.get(persona) ?? signIn(stack, persona);
    tokens.set(persona, known);
    return known;
  };
  try {
    await restoreFirstState(sql);
    await bedrock.clearFaultRules();
    await bedrock.resetModels();
    await bedrock.clearRequests();
    await test({
      apiUrl: stack.apiUrl,
      keys: stack.keys,
      sql,
      bedrock,
      token,
      ask: async (persona, body) =>
        await chat(
          stack,
          await token(persona),
          typeof body === "string" ? { message: body } : body,
        ),
    });
  } finally {
    await sql.end();
  }
}

async function restoreFirstState(sql: postgres.Sql): Promise<void> {
  const firstRows = await Deno.readTextFile(firstRowsPath);
  const seed = await Deno.readTextFile(seedPath);
  await turnsEnd(sql);
  await sql.begin(async (transaction) => {
    await transaction.unsafe(removeTurns);
    // Also where it is as it was: instances forget what they thought of the models.
    await transaction.unsafe(removeRegistry);
    await transaction.unsafe(firstRows);
    await transaction.unsafe(seed);
  });
}

/** An answer that is shown may not be stored yet; ended later, it would count in the next test. */
async function turnsEnd(sql: postgres.Sql): Promise<void> {
  for (let n = 0; n < 100; n++) {
    const pending = await sql`select from ai_messages where status = 'pending' limit 1`;
    // Those of a test that ends a process stay so.
    if (pending.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const removeTurns = `
  do $$
  begin
    if exists (select from public.ai_usage) then
      alter table public.ai_usage disable trigger refuse_change;
      delete from public.ai_usage;
      alter table public.ai_usage enable trigger refuse_change;
    end if;
  end;
  $$;
  delete from public.ai_legal_holds;
  delete from public.ai_conversations;
  delete from switchboard.erased_turns;
  delete from switchboard.erasure_objects;
  alter table public.ai_erasures disable trigger refuse_change;
  delete from public.ai_erasures;
  alter table public.ai_erasures enable trigger refuse_change;
  delete from public.ai_alerts;
  delete from switchboard.tick_steps;
  delete from switchboard.account_data_retention;
  delete from switchboard.limit_holds;
  delete from switchboard.limit_windows;
  delete from public.ai_alerts;
  update auth.users
    set banned_until = null, email_confirmed_at = coalesce(email_confirmed_at, created_at)
    where banned_until is not null or email_confirmed_at is null;
`;

/** With its audit log, which would grow with every test, and with it what reads it. */
const removeRegistry = `
  delete from public.ai_limits;
  update public.ai_alert_rules set is_active = true where not is_active;
  delete from public.ai_user_roles;
  delete from public.ai_api_keys;
  delete from public.ai_change_proposals;
  alter table public.model_switch_signatures disable trigger refuse_change;
  delete from public.model_switch_signatures;
  alter table public.model_switch_signatures enable trigger refuse_change;
  delete from public.ai_evaluations;
  delete from public.ai_assistants;
  delete from public.bedrock_models;
  delete from switchboard.rollout_errors;
  delete from switchboard.rollout_stages;
  delete from switchboard.rollout_figures;
  alter table public.ai_rollout_verdicts disable trigger refuse_change;
  delete from public.ai_rollout_verdicts;
  alter table public.ai_rollout_verdicts enable trigger refuse_change;
  alter table public.ai_rollouts disable trigger refuse_removal;
  delete from public.ai_rollouts;
  alter table public.ai_rollouts enable trigger refuse_removal;
  alter table public.ai_rollouts alter column id restart;
  update public.registry_settings
    set allowed_geographies = default, function_geographies = default, require_mfa = default,
      require_person = default, allow_anonymous_users = default,
      allow_provider_retention = default, on_role_change = default,
      backup_days = default;
  alter table public.model_switches disable trigger refuse_change;
  delete from public.model_switches;
  alter table public.model_switches enable trigger refuse_change;
  update public.registry_version set last_switch_hash = '';
`;
