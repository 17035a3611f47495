-- Which models exist, what they accept, what they cost, which are available and which is the
-- default. The rules that make the table safe to edit by hand are here too.

create table public.bedrock_models (
  id uuid primary key default gen_random_uuid(),
  model_id text not null
    constraint bedrock_models_model_id_key unique
    constraint bedrock_models_model_id_length check (model_id <> '' and length(model_id) <= 2048)
    constraint bedrock_models_model_id_no_blanks check (model_id ~ '^[!-~]+$'),
  model_name text not null
    constraint bedrock_models_model_name_not_blank check (btrim(model_name) <> '')
    constraint bedrock_models_model_name_length check (char_length(model_name) <= 200),
  aliases text[] not null default '{}'
    constraint bedrock_models_aliases_shape check (
      array_position(aliases, null) is null and aliases::text ~
        '^\{([a-zA-Z0-9][a-zA-Z0-9._:-]{0,127}(,[a-zA-Z0-9][a-zA-Z0-9._:-]{0,127})*)?\}$')
    constraint bedrock_models_aliases_count check (cardinality(aliases) <= 20)
    constraint bedrock_models_aliases_not_default check ('default' <> all (aliases)),
  provider text not null
    constraint bedrock_models_provider_no_blanks_around check (provider ~ '^\S(.*\S)?$')
    constraint bedrock_models_provider_length check (char_length(provider) <= 100),
  format text not null
    constraint bedrock_models_format_known check (format in ('nova', 'claude', 'converse')),
  region text
    -- As regionPattern in supabase/functions/_shared/bedrock/bedrock_config.ts.
    constraint bedrock_models_region_shape
    check (region ~ '^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$' and char_length(region) <= 50),
  geographies text[]
    constraint bedrock_models_geographies_named check (
      cardinality(geographies) between 1 and 50 and array_position(geographies, null) is null),
  -- Filled in where a row leaves it out: see switchboard.fill_provider_retention().
  provider_retention text not null
    constraint bedrock_models_provider_retention_known
    check (provider_retention in ('none', 'flagged_30_days', 'all_30_days', 'unknown')),
  provider_retention_source text
    constraint bedrock_models_provider_retention_source_length
    check (char_length(provider_retention_source) between 1 and 2000),
  provider_retention_checked_on date
    constraint bedrock_models_provider_retention_checked_on_range
    check (provider_retention_checked_on between '2000-01-01' and '2999-12-31'),
  max_tokens integer not null
    constraint bedrock_models_max_tokens_positive check (max_tokens > 0),
  context_window integer not null,
  temperature numeric
    constraint bedrock_models_temperature_range check (temperature between 0 and 1),
  top_p numeric
    constraint bedrock_models_top_p_range check (top_p between 0 and 1),
  -- Bounded also above, which shuts out NaN and Infinity: JSON has neither, and one row that the
  -- functions cannot read keeps them from the whole registry.
  input_cost_per_mtok numeric
    constraint bedrock_models_input_cost_range check (input_cost_per_mtok between 0 and 1000000),
  output_cost_per_mtok numeric
    constraint bedrock_models_output_cost_range check (output_cost_per_mtok between 0 and 1000000),
  cache_read_cost_per_mtok numeric
    constraint bedrock_models_cache_read_cost_range
      check (cache_read_cost_per_mtok between 0 and 1000000),
  cache_write_cost_per_mtok numeric
    constraint bedrock_models_cache_write_cost_range
      check (cache_write_cost_per_mtok between 0 and 1000000),
  cache_write_1h_cost_per_mtok numeric
    constraint bedrock_models_cache_write_1h_cost_range
      check (cache_write_1h_cost_per_mtok between 0 and 1000000),
  long_prompt_tokens integer
    -- From here on, ai_usage has an index of the calls with long prompts.
    constraint bedrock_models_long_prompt_tokens_minimum check (long_prompt_tokens >= 50000),
  long_prompt_factor numeric
    constraint bedrock_models_long_prompt_factor_range
      check (long_prompt_factor > 0 and long_prompt_factor <= 1000),
  use_case text
    constraint bedrock_models_use_case_no_blanks_around check (use_case ~ '^\S(.*\S)?$')
    constraint bedrock_models_use_case_length check (char_length(use_case) <= 100),
  priority integer not null default 100,
  is_available boolean not null default false,
  is_default boolean not null default false,
  serves_pinned boolean not null default true,
  canary_share smallint
    constraint bedrock_models_canary_share_range check (canary_share between 1 and 100),
  rollout_id bigint,
  lifecycle text not null default 'active'
    constraint bedrock_models_lifecycle_known check (lifecycle in ('active', 'legacy', 'retired')),
  legacy_on date
    constraint bedrock_models_legacy_on_range
    check (legacy_on between '2000-01-01' and '2999-12-31'),
  extended_access_on date
    constraint bedrock_models_extended_access_on_range
    check (extended_access_on between '2000-01-01' and '2999-12-31'),
  retires_on date
    constraint bedrock_models_retires_on_range
    check (retires_on between '2000-01-01' and '2999-12-31'),
  successor_model_id text
    constraint bedrock_models_successor_model_id_fkey
    references public.bedrock_models (model_id) on update cascade on delete set null,
  sampling text not null default 'temperature_and_top_p'
    constraint bedrock_models_sampling_known
    check (sampling in ('temperature_and_top_p', 'temperature_or_top_p', 'none')),
  system_prompt text not null default 'supported'
    constraint bedrock_models_system_prompt_known
    check (system_prompt in ('supported', 'unsupported')),
  -- As textOnly in supabase/functions/_shared/registry/capabilities.ts.
  capabilities jsonb not null
    default '{"output_schema": false, "betas": [], "prefill": false, "stop_sequences": false, "count_tokens": false}'
    constraint bedrock_models_capabilities_size check (octet_length(capabilities::text) <= 10000),
  source_url text
    constraint bedrock_models_source_url_length check (char_length(source_url) <= 2000),
  checked_on date
    constraint bedrock_models_checked_on_range
    check (checked_on between '2000-01-01' and '2999-12-31'),
  description text
    constraint bedrock_models_description_length check (char_length(description) <= 2000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint bedrock_models_times_finite check (isfinite(created_at) and isfinite(updated_at)),
  constraint bedrock_models_context_window_holds_answer check (context_window >= max_tokens),
  constraint bedrock_models_default_is_available check (is_available or not is_default),
  -- Checked at commit: one statement may set the flag of many rows, in whatever order it comes to
  -- them, and the former default loses it after the statement.
  constraint bedrock_models_one_default
    exclude using btree (is_default with =) where (is_default) deferrable initially deferred,
  constraint bedrock_models_long_prompt_is_whole
    check ((long_prompt_tokens is null) = (long_prompt_factor is null)),
  constraint bedrock_models_successor_is_another check (successor_model_id <> model_id)
);

comment on table public.bedrock_models is
  'The models that assistants may answer with. Change a row and the next request follows it.';
comment on column public.bedrock_models.model_id is
  'What Bedrock is called with: a foundation-model id or an inference-profile id.';
comment on column public.bedrock_models.aliases is
  'Other names for the model, by which clients of `openai` and `anthropic` may ask for it: letters, digits and `._:-`, 1 to 128 of them. A name means one model only.';
comment on column public.bedrock_models.format is
  'Request and response format: `nova` and `claude` use InvokeModel, `converse` uses the Converse API.';
comment on column public.bedrock_models.region is
  'AWS region to call; null for the functions'' BEDROCK_REGION.';
comment on column public.bedrock_models.geographies is
  'Where a call may be processed, such as `eu`; null where not known, which counts as not allowed.';
comment on column public.bedrock_models.provider_retention is
  'What the provider or AWS keeps of calls: `none`, `flagged_30_days` (traffic that a classifier flags, for up to 30 days), `all_30_days` (all of it), `unknown`, which counts as keeping. Left out of a new row, it is what switchboard.provider_terms says of the model, else `unknown`.';
comment on column public.bedrock_models.provider_retention_source is
  'Where provider_retention comes from.';
comment on column public.bedrock_models.provider_retention_checked_on is
  'When that source was read.';
comment on column public.bedrock_models.max_tokens is 'Most output tokens of one answer.';
comment on column public.bedrock_models.context_window is
  'Most tokens that the request and its answer may have together.';
comment on column public.bedrock_models.temperature is '0 to 1; null is not sent.';
comment on column public.bedrock_models.top_p is '0 to 1; null is not sent.';
comment on column public.bedrock_models.input_cost_per_mtok is
  'USD per million input tokens; null where not known.';
comment on column public.bedrock_models.output_cost_per_mtok is
  'USD per million output tokens; null where not known.';
comment on column public.bedrock_models.cache_read_cost_per_mtok is
  'USD per million tokens read from the prompt cache; null where not known.';
comment on column public.bedrock_models.cache_write_cost_per_mtok is
  'USD per million tokens written to the prompt cache for five minutes, or for as long as the model keeps them where that cannot be chosen; null where not known.';
comment on column public.bedrock_models.cache_write_1h_cost_per_mtok is
  'USD per million tokens written to the prompt cache for an hour; null where not known.';
comment on column public.bedrock_models.long_prompt_tokens is
  'A prompt of more tokens, cached ones included, is billed at long_prompt_factor times the prices; at least 50000. Null: prices do not depend on it.';
comment on column public.bedrock_models.long_prompt_factor is
  'What every price of a long prompt and of its answer is multiplied by.';
comment on column public.bedrock_models.use_case is
  'Chosen for this use case when the assistant has no model of its own.';
comment on column public.bedrock_models.priority is 'Lower comes first among equals.';
comment on column public.bedrock_models.is_available is 'May take new conversations.';
comment on column public.bedrock_models.is_default is
  'Chosen when nothing more specific applies. Setting it takes it from the former default.';
comment on column public.bedrock_models.canary_share is
  'Percent of what the default would answer that this model gets in its place, as its canary: of new conversations and of calls. Null: none. The default cannot be its own canary.';
comment on column public.bedrock_models.rollout_id is
  'The rollout that canary_share belongs to or, of the default, that watches it since it became that; set by trigger.';
comment on column public.bedrock_models.serves_pinned is
  'Still answers conversations that are pinned to it, also when it is not available for new ones.';
comment on column public.bedrock_models.lifecycle is
  'AWS''s word on the model: `legacy` has an end date, `retired` no longer answers.';
comment on column public.bedrock_models.legacy_on is
  'The day from which AWS calls the model legacy: no new customers, no higher quotas. Null: not announced.';
comment on column public.bedrock_models.extended_access_on is
  'The day from which a legacy model is in extended access, for which its provider may ask a higher price. Null: not announced.';
comment on column public.bedrock_models.retires_on is 'The day AWS ends the model, if announced.';
comment on column public.bedrock_models.successor_model_id is
  'Takes over the conversations of the model when it is retired.';
comment on column public.bedrock_models.sampling is
  'Which sampling parameters the model accepts: both, one of the two, or none.';
comment on column public.bedrock_models.system_prompt is
  'Whether the model accepts a system prompt; otherwise it goes into the first user message.';
comment on column public.bedrock_models.capabilities is
  'What the model accepts besides text: images, documents, tools, output_schema, thinking, caching, betas, prefill, stop_sequences, count_tokens, and the source of that. What is left out, it does not accept.';
comment on column public.bedrock_models.source_url is
  'Where the prices come from; of what the model accepts, capabilities.source tells it.';
comment on column public.bedrock_models.checked_on is 'When the source was read.';

create index bedrock_models_successor_model_id_idx
  on public.bedrock_models (successor_model_id);
-- For switchboard.require_free_names(), which asks for each new row.
create index bedrock_models_aliases_idx on public.bedrock_models using gin (aliases);
create index bedrock_models_priority_idx
  on public.bedrock_models (priority, model_id);

revoke all on public.bedrock_models from public, anon, authenticated, service_role;
alter table public.bedrock_models enable row level security;

create policy bedrock_models_select_available on public.bedrock_models
  for select to authenticated
  using (is_available or (select switchboard.is_platform_user()));
comment on policy bedrock_models_select_available on public.bedrock_models is
  'Users see the available models, platform admins all.';

grant select (
  id, model_id, model_name, aliases, provider, format, region, geographies, provider_retention,
  provider_retention_source, provider_retention_checked_on, max_tokens, context_window, temperature, top_p, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
  cache_write_cost_per_mtok, cache_write_1h_cost_per_mtok, long_prompt_tokens, long_prompt_factor,
  use_case, priority,
  is_available, is_default, serves_pinned,
  canary_share, rollout_id, lifecycle, legacy_on, extended_access_on, retires_on,
  successor_model_id, sampling,
  system_prompt, capabilities, source_url, checked_on, description, created_at, updated_at
) on public.bedrock_models to authenticated;
grant select, insert, update, delete on public.bedrock_models to service_role;

create trigger touch_updated_at before update on public.bedrock_models
  for each row execute function switchboard.touch_updated_at();

create function switchboard.take_default_from_former()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  default_ids uuid[] := (select array_agg(n.id) from new_rows as n where n.is_default);
begin
  -- Also for the update below, which fires this trigger again.
  if default_ids is null then
    return null;
  end if;
  if cardinality(default_ids) > 1 then
    raise exception using
      errcode = '23505',
      message = format('One model can be the default; the statement names %s.',
        cardinality(default_ids)),
      hint = 'Set is_default on one row; the former default loses it by itself.';
  end if;
  update public.bedrock_models as bm
    set is_default = false
    where bm.is_default and bm.id <> default_ids[1];
  return null;
end;
$$;
comment on function switchboard.take_default_from_former() is
  'Trigger: the row that becomes the default takes the flag from the former one.';
revoke execute on function switchboard.take_default_from_former()
  from public, anon, authenticated, service_role;

create trigger take_default_on_insert after insert on public.bedrock_models
  referencing new table as new_rows
  for each statement execute function switchboard.take_default_from_former();
create trigger take_default_on_update after update on public.bedrock_models
  referencing new table as new_rows
  for each statement execute function switchboard.take_default_from_former();

create function switchboard.require_available_model()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from public.bedrock_models as bm where bm.is_available) then
    raise exception using
      errcode = 'PT409',
      message = 'At least one model must stay available; the transaction would leave none.',
      detail = 'last_available_model',
      hint = 'Make another model available in the same transaction.';
  end if;
  return null;
end;
$$;
comment on function switchboard.require_available_model() is
  'Trigger: at commit at least one model is available.';
revoke execute on function switchboard.require_available_model()
  from public, anon, authenticated, service_role;

create constraint trigger require_available_model
  after update of is_available or delete on public.bedrock_models
  deferrable initially deferred
  for each row when (old.is_available)
  execute function switchboard.require_available_model();
