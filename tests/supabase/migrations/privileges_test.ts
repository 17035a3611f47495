/** Who may do what: grants, and who reads which rows. */
import { expect } from "@std/expect";
import {
  anon,
  type Caller,
  clinician,
  facilityStaff,
  otherPatient,
  patient,
  platformAdmin,
  refusal,
  serviceRole,
  type TestDatabase,
  withDatabase,
} from "../../support/test_database.ts";
import { converse } from "../../support/turns.ts";

const tables = [
  "ai_alert_rules",
  "ai_alerts",
  "ai_api_keys",
  "ai_assistants",
  "ai_change_proposals",
  "ai_conversations",
  "ai_erasures",
  "ai_evaluations",
  "ai_latency_buckets",
  "ai_latency_days",
  "ai_legal_holds",
  "ai_limits",
  "ai_messages",
  "ai_rollout_verdicts",
  "ai_rollouts",
  "ai_usage",
  "ai_usage_days",
  "ai_user_roles",
  "bedrock_models",
  "model_prices",
  "model_probes",
  "model_switch_signatures",
  "model_switches",
  "registry_settings",
  "registry_version",
] as const;

/** Everything that is granted on whole tables, sorted; whatever is not here must be refused. */
const tableGrants = [
  "authenticated DELETE ai_conversations",
  "authenticated SELECT ai_rollout_verdicts",
  "authenticated SELECT ai_rollouts",
  "authenticated SELECT daily_latency",
  "authenticated SELECT daily_usage",
  "authenticated SELECT hourly_usage",
  "authenticated SELECT latest_model_probes",
  "authenticated SELECT month_costs",
  "service_role DELETE ai_assistants",
  "service_role DELETE ai_legal_holds",
  "service_role DELETE ai_limits",
  "service_role DELETE ai_user_roles",
  "service_role DELETE bedrock_models",
  "service_role INSERT ai_assistants",
  "service_role INSERT ai_legal_holds",
  "service_role INSERT ai_limits",
  "service_role INSERT ai_user_roles",
  "service_role INSERT bedrock_models",
  "service_role SELECT ai_alert_rules",
  "service_role SELECT ai_alerts",
  "service_role SELECT ai_assistants",
  "service_role SELECT ai_change_proposals",
  "service_role SELECT ai_conversations",
  "service_role SELECT ai_erasures",
  "service_role SELECT ai_evaluations",
  "service_role SELECT ai_latency_buckets",
  "service_role SELECT ai_latency_days",
  "service_role SELECT ai_legal_holds",
  "service_role SELECT ai_limits",
  "service_role SELECT ai_messages",
  "service_role SELECT ai_rollout_verdicts",
  "service_role SELECT ai_rollouts",
  "service_role SELECT ai_usage",
  "service_role SELECT ai_usage_days",
  "service_role SELECT ai_user_roles",
  "service_role SELECT bedrock_models",
  "service_role SELECT daily_latency",
  "service_role SELECT daily_usage",
  "service_role SELECT hourly_usage",
  "service_role SELECT latest_model_probes",
  "service_role SELECT model_prices",
  "service_role SELECT model_probes",
  "service_role SELECT model_switch_signatures",
  "service_role SELECT model_switches",
  "service_role SELECT month_costs",
  "service_role SELECT registry_settings",
  "service_role SELECT registry_version",
  "service_role UPDATE ai_assistants",
  "service_role UPDATE ai_legal_holds",
  "service_role UPDATE ai_limits",
  "service_role UPDATE ai_user_roles",
  "service_role UPDATE bedrock_models",
  "service_role UPDATE registry_settings",
];

/** The figures about use; they return no rows unless the caller is a platform admin. */
const reports = [
  "cost_report",
  "latency_figures",
  "metrics_report",
  "performance_report",
  "switch_effect_report",
  "usage_figures",
  "usage_report",
  "what_if_report",
];

/** What the reports call, and the policies. */
const ofReports = [
  "bucket_start",
  "cost_of_tokens",
  "count_latency",
  "has_prices",
  "is_platform_user",
  "is_switch",
  "latency_percentiles",
  "latency_sums",
  "list_switches",
  "long_prompt_surcharges",
  "measure_turns",
  "metrics_of_models",
  "metrics_of_times",
  "metrics_of_turns",
  "models_by_name",
  "price_at",
  "price_of_sums",
  "receipts",
  "split_range",
  "sum_latency",
  "sum_usage",
  "with_present_prices",
];

/** What a user must do with a token of their own, since a secret key could name anyone. */
const ofSecondPersons = ["approve_change", "sign_switch"];

/** What gives a user their own words, with the rights that they have. */
const ofExports = { public: ["export_user"], switchboard: ["attachments_of", "export_lines"] };

/** The columns that signed-in users may not select, of the tables that they may read. */
const hiddenColumns = [
  "ai_api_keys.key_hash",
  "ai_assistants.allow_provider_retention",
  "ai_assistants.allowed_models",
  "ai_assistants.canary_model_id",
  "ai_assistants.canary_share",
  "ai_assistants.evaluation_max_age_days",
  "ai_assistants.fallback_models",
  "ai_assistants.guardrail_id",
  "ai_assistants.guardrail_version",
  "ai_assistants.is_protected",
  "ai_assistants.keep_days",
  "ai_assistants.max_output_tokens",
  "ai_assistants.model_config",
  "ai_assistants.on_disconnect",
  "ai_assistants.requires_evaluation",
  "ai_assistants.rollout_id",
  "ai_assistants.system_prompt",
  "ai_conversations.rollout_id",
  "ai_conversations.rollout_share",
  "ai_conversations.rollout_side",
  "ai_limits.user_hash",
  "ai_messages.attempt",
  "ai_messages.bedrock_request_id",
  "ai_messages.begun_at",
  "ai_messages.begun_xmin",
  "ai_messages.blocks",
  "ai_messages.granted_usd",
  "ai_messages.provider_stop_reason",
  "ai_messages.rollout_id",
  "ai_messages.rollout_share",
  "ai_messages.rollout_side",
];

Deno.test("tables are granted to each role for exactly the verbs it needs", async () => {
  await withDatabase(async ({ sql }) => {
    const granted = await sql`
      select role || ' ' || verb || ' ' || c.relname as entry
      from pg_class as c
      cross join unnest(array['anon', 'authenticated', 'service_role']) as role
      cross join unnest(array[
        'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as verb
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')
        and has_table_privilege(role, c.oid, verb)`;
    expect(granted.map((row) => row.entry).sort()).toEqual(tableGrants);
  });
});

Deno.test("signed-in users select named columns, and anon none", async () => {
  await withDatabase(async ({ sql }) => {
    const columns = await sql`
      select
        c.relname || '.' || a.attname as entry,
        has_column_privilege('authenticated', c.oid, a.attnum, 'SELECT') as readable,
        has_column_privilege('authenticated', c.oid, a.attnum, 'INSERT, UPDATE, REFERENCES')
          as writable,
        has_column_privilege('anon', c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES')
          as of_anon
      from pg_class as c
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')`;
    const those = (property: "readable" | "writable" | "of_anon", value: boolean) =>
      columns.filter((row) => row[property] === value).map((row) => row.entry).sort();
    expect(those("readable", false)).toEqual(hiddenColumns);
    expect(those("writable", true)).toEqual(["ai_conversations.title"]);
    expect(those("of_anon", true)).toEqual([]);
  });
});

Deno.test("functions and sequences are granted to the roles that call them", async () => {
  await withDatabase(async ({ sql }) => {
    const functions = await sql`
      select role, p.oid::regprocedure::text as name
      from pg_proc as p
      cross join unnest(array['anon', 'authenticated', 'service_role']) as role
      where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
        and p.prorettype <> 'trigger'::regtype and has_function_privilege(role, p.oid, 'execute')`;
    const of = (role: string, schema: string) =>
      functions.filter((row) =>
        row.role === role && row.name.startsWith("switchboard.") === (
            schema === "switchboard"
          )
      ).map((row) => row.name.replace(/^switchboard\./, "").replace(/\(.*/, "")).sort();

    expect(of("anon", "public")).toEqual([]);
    expect(of("anon", "switchboard")).toEqual([]);
    expect(of("authenticated", "public")).toEqual(
      [...reports, ...ofSecondPersons, ...ofExports.public].sort(),
    );
    expect(of("authenticated", "switchboard")).toEqual(
      [...ofReports, ...ofExports.switchboard].sort(),
    );
    expect(of("service_role", "public")).toEqual([
      ...reports,
      "acknowledge_alert",
      "adopt_due_prices",
      "apply_catalog_changes",
      "assign_model",
      "attach_evaluation",
      "begin_call",
      "begin_chat_turn",
      "begin_tick_step",
      "claim_alert_delivery",
      "claim_erasure_objects",
      "complete_call",
      "complete_chat_turn",
      "continue_erasures",
      "create_api_key",
      "create_assistant",
      "disable_model",
      "discard_alert_deliveries",
      "enable_model",
      "end_rollout",
      "end_tick_step",
      "erase_conversation",
      "erase_user",
      "explain_turn",
      "export_user",
      "foresee_retirement",
      "impact_figures",
      "limit_status",
      "list_alert_rules",
      "list_alerts",
      "list_api_keys",
      "list_change_proposals",
      "list_erasures",
      "list_evaluations",
      "list_legal_holds",
      "list_lifecycle",
      "list_limits",
      "list_model_prices",
      "list_model_switches",
      "list_rollouts",
      "find_user_id",
      "list_user_roles",
      "missing_evaluations",
      "next_rollback",
      "propose_change",
      "read_evidence",
      "read_registry",
      "read_registry_after_rollback",
      "read_registry_as_of",
      "read_registry_part",
      "record_alert_delivery",
      "record_aws_list",
      "record_data_retention",
      "record_erased_objects",
      "record_export",
      "record_model_end",
      "record_model_probe",
      "record_trial",
      "reject_change",
      "remove_limit",
      "remove_legal_hold",
      "raise_hold",
      "release_holds",
      "require_present_operator",
      "retire_model",
      "revoke_api_key",
      "roll_back_switches",
      "roll_up_usage",
      "rotate_api_key",
      "set_alert_rule",
      "set_assistant",
      "set_default_model",
      "set_legal_hold",
      "set_limit",
      "set_model_aliases",
      "set_model_price",
      "set_provider_retention",
      "set_registry_settings",
      "set_retention",
      "set_rollout_share",
      "set_user_role",
      "start_rollout",
      "tick",
      "tick_status",
      "usage_by_caller",
      "user_may_manage_models",
      "verify_limits",
      "verify_model_switches",
      "verify_verdict",
      "watch_metrics",
    ].sort());

    // What reads and switches call as their caller. The steps of a turn are called by its definers.
    expect(of("service_role", "switchboard")).toEqual([
      "evidence_of_asking",
      "evidence_of_calls",
      "evidence_of_chain",
      "evidence_of_choice",
      "evidence_of_evaluation",
      "evidence_of_limits",
      "evidence_of_probe",
      "evidence_of_proposal",
      "evidence_of_rollout",
      "evidence_of_switch",
      "link_to",
      "pinning_answer",
      "placing_switch",
      "prompt_version",
      "prompting_switch",
      "with_prompt_hash",
      "words_of_turn",
      ...ofReports,
      ...ofExports.switchboard,
      "describe_model_state",
      "describe_content",
      "describe_hold",
      "describe_role",
      "describe_rollout",
      "describe_switch",
      "email_of",
      "find_assistant",
      "find_last_attempt",
      "find_model",
      "find_question",
      "find_rollout",
      "find_rollout_under_way",
      "find_registry_holder",
      "entries_of_switch",
      "find_switch",
      "find_switch_in_force",
      "geography_of_region",
      "hash_switch",
      "ids_of_email",
      "is_kept_from",
      "is_no_switch",
      "is_signed_in",
      "is_told_by_other_half",
      "known_geographies",
      "knows_version",
      "list_models",
      "lock_registry",
      "note_change_author",
      "note_rollout",
      "note_watch",
      "other_half",
      "pin_before",
      "places_not_allowed",
      "present_row",
      "promote_canary",
      "places_of_model",
      "places_outside",
      "refuse_locked_registry",
      "refuse_lost_version",
      "refuse_rollback",
      "refuse_signed_out",
      "registry_lock",
      "registry_with",
      "require_admin_left",
      "registry_with_states",
      "release_rollout",
      "require_allowed_geographies",
      "require_allowed_retention",
      "require_assistant_restorable",
      "require_assistant_columns",
      "require_fallbacks",
      "require_fresh_probe",
      "require_hold_terms",
      "require_model_names",
      "require_model_restorable",
      "require_no_rollout",
      "require_not_retired",
      "require_prices",
      "require_unchanged_since",
      "require_usable",
      "restore_api_key_models",
      "restore_row",
      "restore_state",
      "restore_states",
      "role_of",
      "schedule_price",
      "signature_of",
      "states_before",
      "states_to_restore",
      "take_back_rollout",
      "text_of_change",
      "unschedule_price",
      "values_changed",
      "write_role",
    ].sort());

    const sequences = await sql`
      select c.relname from pg_class as c
      cross join unnest(array['anon', 'authenticated', 'service_role']) as role
      where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace
        and has_sequence_privilege(role, c.oid, 'SELECT, USAGE, UPDATE')`;
    expect(sequences.map((row) => row.relname)).toEqual([]);
  });
});

/** Each verb tried for real: what the catalogue says is what a request meets. */
Deno.test("each role is refused every verb that it is not granted", async () => {
  await withDatabase(async ({ as }) => {
    for (const caller of [anon, patient, platformAdmin, serviceRole]) {
      for (const table of tables) {
        for (const [verb, statement] of Object.entries(attempts(table))) {
          if (tableGrants.includes(`${caller.role} ${verb} ${table}`)) continue;
          if (caller.role === "authenticated" && verb === "SELECT") continue;
          const code = await refusal(as(caller, (sql) => sql.unsafe(statement)));
          expect([caller.role, verb, table, code]).toEqual([caller.role, verb, table, "42501"]);
        }
      }
    }
  });
});

function attempts(table: string): Record<string, string> {
  return {
    SELECT: `select * from public.${table}`,
    INSERT: `insert into public.${table} default values`,
    UPDATE: `update public.${table} set ${
      { ai_user_roles: "created_at", model_switch_signatures: "signed_at" }[table] ?? "id"
    } = default`,
    DELETE: `delete from public.${table}`,
    TRUNCATE: `truncate public.${table} cascade`,
  };
}

const rows = ({ as }: TestDatabase, caller: Caller, query: string) =>
  as(caller, async (sql) => [...await sql.unsafe(query)]);

Deno.test("system prompts are not readable by any signed-in user", async () => {
  await withDatabase(async ({ as }) => {
    for (const caller of [patient, clinician, platformAdmin]) {
      expect(
        await refusal(as(caller, (sql) => sql`select system_prompt from public.ai_assistants`)),
      ).toBe("42501");
    }
  });
});

Deno.test("users see available models and active assistants, platform admins all", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.ai_assistants set is_active = false where assistant_type = 'operations'`;
    const models = "select model_id from public.bedrock_models where not is_available";
    const assistants = "select assistant_type from public.ai_assistants where not is_active";
    for (const caller of [patient, clinician, facilityStaff]) {
      expect(await rows(database, caller, models)).toEqual([]);
      expect(await rows(database, caller, assistants)).toEqual([]);
      expect(
        (await rows(database, caller, "select model_id from public.bedrock_models")).length,
      ).toBeGreaterThan(5);
    }
    expect((await rows(database, platformAdmin, models)).length).toBeGreaterThan(0);
    expect(await rows(database, platformAdmin, assistants)).toEqual([
      { assistant_type: "operations" },
    ]);
  });
});

Deno.test("users read their own conversations and messages, and no other user's", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "a private question");
    const conversations = `select id from public.ai_conversations`;
    const messages = `select content from public.ai_messages order by seq`;

    expect(await rows(database, patient, conversations)).toEqual([{ id: conversationId }]);
    expect((await rows(database, patient, messages)).map((row) => row.content))
      .toEqual(["a private question", "an answer"]);
    for (const caller of [otherPatient, clinician, platformAdmin]) {
      expect(await rows(database, caller, conversations)).toEqual([]);
      expect(await rows(database, caller, messages)).toEqual([]);
    }
  });
});

Deno.test("a token without a subject reads no conversations", async () => {
  await withDatabase(async (database) => {
    await converse(database, patient, "a private question");
    const stranger: Caller = { role: "authenticated" };
    for (const table of ["ai_conversations", "ai_messages", "ai_user_roles", "model_switches"]) {
      const key = table === "ai_user_roles" ? "user_id" : "id";
      expect(await rows(database, stranger, `select ${key} from public.${table}`)).toEqual([]);
    }
  });
});

Deno.test("users see their own role, and only platform admins the version and audit log", async () => {
  await withDatabase(async (database) => {
    await database.sql`
      update public.bedrock_models set priority = 11 where model_id = 'eu.amazon.nova-pro-v1:0'`;
    const roles = "select assistant_type from public.ai_user_roles";
    const version = "select version from public.registry_version";
    const switches = "select action from public.model_switches where row_before is not null";

    expect(await rows(database, patient, roles)).toEqual([]);
    expect(await rows(database, clinician, roles)).toEqual([{ assistant_type: "clinical" }]);
    for (const caller of [patient, clinician, facilityStaff]) {
      expect(await rows(database, caller, version)).toEqual([]);
      expect(await rows(database, caller, switches)).toEqual([]);
    }
    expect(await rows(database, platformAdmin, version)).toHaveLength(1);
    expect(await rows(database, platformAdmin, switches)).toEqual([{ action: "update" }]);
  });
});

Deno.test("a user who loses the role loses its view with the next statement", async () => {
  await withDatabase(async (database) => {
    const version = "select version from public.registry_version";
    expect(await rows(database, platformAdmin, version)).toHaveLength(1);
    await database.sql`
      update public.ai_user_roles set assistant_type = 'clinical'
      where user_id = ${platformAdmin.userId}`;
    expect(await rows(database, platformAdmin, version)).toEqual([]);
  });
});
