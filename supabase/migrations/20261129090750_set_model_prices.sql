-- Prices from now on or from a later moment on. A price in force is the model's row, whose trigger
-- keeps the periods; a scheduled one is a period of model_prices that begins later, and its entry in
-- the audit log is written here.

-- Without triggers: the periods that a change of a row makes are recorded with that row.
insert into switchboard.audited_tables (
  table_name, place, model_id_column, actions, is_rolled_back)
values ('model_prices', 5, 'model_id', '[{"action": "schedule-price"}]', false);

create function public.adopt_due_prices()
returns integer
language plpgsql
security definer
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  former_reason constant text := coalesce(current_setting('switchboard.reason', true), '');
  adopted integer;
begin
  if not exists (
    select from public.bedrock_models as bm
    where bm.model_id in (select mp.model_id from public.model_prices as mp where mp.scheduled)
      and not switchboard.has_prices(bm, switchboard.price_at(bm.model_id, clock_timestamp()))
  ) then
    return 0;
  end if;
  perform switchboard.lock_registry();
  perform switchboard.note_change_author(
    null, null, reason => 'A scheduled price came into force.');
  perform set_config('switchboard.adopts_prices', 'true', true);
  perform set_config('switchboard.needs_no_person', 'true', true);
  update public.bedrock_models as bm
    set
      input_cost_per_mtok = present.input_cost_per_mtok,
      output_cost_per_mtok = present.output_cost_per_mtok,
      cache_read_cost_per_mtok = present.cache_read_cost_per_mtok,
      cache_write_cost_per_mtok = present.cache_write_cost_per_mtok,
      cache_write_1h_cost_per_mtok = present.cache_write_1h_cost_per_mtok,
      long_prompt_tokens = present.long_prompt_tokens,
      long_prompt_factor = present.long_prompt_factor
    from public.bedrock_models as b
    cross join lateral switchboard.price_at(b.model_id, clock_timestamp()) as present
    where b.id = bm.id and present.id is not null and not switchboard.has_prices(bm, present);
  get diagnostics adopted = row_count;
  perform set_config('switchboard.adopts_prices', '', true);
  perform set_config('switchboard.needs_no_person', '', true);
  perform set_config('switchboard.reason', former_reason, true);
  return adopted;
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.adopt_due_prices() is
  'Writes scheduled prices that hold by now into the rows of their models, and returns how many. May be called at any time, or never: reports, checks and costs read what holds. Recorded as `adopt-price`, which no rollback takes back.';
revoke execute on function public.adopt_due_prices() from public, anon, authenticated;
grant execute on function public.adopt_due_prices() to service_role;

create function switchboard.require_prices(model public.bedrock_models, prices jsonb)
returns public.bedrock_models
language plpgsql
immutable
set search_path = ''
as $$
declare
  known constant text[] := array[
    'input_cost_per_mtok', 'output_cost_per_mtok', 'cache_read_cost_per_mtok',
    'cache_write_cost_per_mtok', 'cache_write_1h_cost_per_mtok', 'long_prompt_tokens',
    'long_prompt_factor'];
  priced constant public.bedrock_models := jsonb_populate_record(model, prices);
  problem constant text := case
    when prices - known <> '{}' then format('%s is no price.', (
      select string_agg(k, ', ' order by k) from jsonb_object_keys(prices - known) as k))
    when prices = '{}' then 'The request names no price.'
    when (priced.long_prompt_tokens is null) <> (priced.long_prompt_factor is null)
      then 'long_prompt_tokens and long_prompt_factor are set together.'
  end;
begin
  if problem is not null then
    raise exception using
      errcode = 'PT400', message = problem, detail = 'invalid_request',
      hint = 'Prices: ' || array_to_string(known, ', ') || '.';
  end if;
  return priced;
end;
$$;
comment on function switchboard.require_prices(public.bedrock_models, jsonb) is
  'A model''s row with these prices, by column. PT400 invalid_request for another column, for none, and for half a rule on long prompts.';
revoke execute on function switchboard.require_prices(public.bedrock_models, jsonb)
  from public, anon, authenticated;
grant execute on function switchboard.require_prices(public.bedrock_models, jsonb) to service_role;

-- A definer, as the trigger of the periods: they are written nowhere else.
create function switchboard.schedule_price(
  model public.bedrock_models,
  prices jsonb,
  starts_at timestamptz
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  period public.model_prices := switchboard.price_at(model.model_id, starts_at);
  former jsonb;
  wanted public.model_prices;
begin
  if starts_at <= clock_timestamp() or starts_at >= '3000-01-01 00:00:00+00' then
    raise exception using
      errcode = 'PT400',
      message = format('Prices cannot begin to hold at %s: it is %s.',
        to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        case when starts_at <= clock_timestamp()
          then 'past, and what was answered keeps its cost' else 'too far ahead' end),
      detail = 'invalid_request',
      hint = 'Leave valid_from out for prices that hold from now on, or name a later moment.';
  end if;
  model := jsonb_populate_record(model, to_jsonb(period) - array['id', 'model_id']);
  wanted := jsonb_populate_record(
    period, to_jsonb(switchboard.require_prices(model, prices)) - array['id', 'model_id']);
  if period.valid_from = starts_at then
    former := to_jsonb(period);
    if wanted is not distinct from period then
      return;
    end if;
    delete from public.model_prices as mp where mp.id = period.id;
  else
    update public.model_prices as mp set valid_to = starts_at where mp.id = period.id;
  end if;
  wanted.valid_from := starts_at;
  wanted.scheduled := true;
  insert into public.model_prices overriding user value
    select wanted.* returning * into wanted;
  perform switchboard.write_registry_change('model_prices', jsonb_build_array(
    jsonb_build_object('before', former, 'after', to_jsonb(wanted))));
end;
$$;
comment on function switchboard.schedule_price(public.bedrock_models, jsonb, timestamptz) is
  'Enters or replaces the period that begins at a later moment; what the prices do not name is as in the period before, or as it was. PT400 invalid_request for a moment that is past.';
revoke execute on function switchboard.schedule_price(public.bedrock_models, jsonb, timestamptz)
  from public, anon, authenticated;
grant execute on function switchboard.schedule_price(public.bedrock_models, jsonb, timestamptz)
  to service_role;

create function switchboard.unschedule_price(of_model_id text, starts_at timestamptz)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  period public.model_prices;
begin
  delete from public.model_prices as mp
    where mp.model_id = of_model_id and mp.valid_from = starts_at
      and mp.valid_from > clock_timestamp()
    returning * into period;
  if not found then
    raise exception using
      errcode = 'PT400',
      message = format('No prices of %s are scheduled for %s.', of_model_id,
        to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
      detail = 'invalid_request',
      hint = 'list-prices names the moments for which prices are scheduled.';
  end if;
  update public.model_prices as mp
    set valid_to = period.valid_to
    where mp.model_id = of_model_id and mp.valid_to = starts_at;
  perform switchboard.write_registry_change(
    'model_prices', jsonb_build_array(jsonb_build_object('before', to_jsonb(period))));
end;
$$;
comment on function switchboard.unschedule_price(text, timestamptz) is
  'Takes back the prices that are to hold from a later moment on. PT400 invalid_request where none are scheduled for it.';
revoke execute on function switchboard.unschedule_price(text, timestamptz)
  from public, anon, authenticated;
grant execute on function switchboard.unschedule_price(text, timestamptz) to service_role;

create function public.set_model_price(
  p_model_id text,
  p_prices jsonb default '{}',
  p_valid_from timestamptz default null,
  p_actor_user_id uuid default null,
  p_source text default null,
  p_expected_version bigint default null,
  p_actor_key_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  model public.bedrock_models;
begin
  perform switchboard.lock_registry();
  perform switchboard.require_unchanged_since(p_expected_version, p_model_id);
  perform public.adopt_due_prices();
  model := switchboard.find_model(p_model_id);
  perform switchboard.note_change_author(
    p_actor_user_id, p_source, actor_key_name => p_actor_key_name, reason => p_reason);

  if p_valid_from is null then
    model := switchboard.require_prices(model, p_prices);
    update public.bedrock_models as bm
      set
        input_cost_per_mtok = model.input_cost_per_mtok,
        output_cost_per_mtok = model.output_cost_per_mtok,
        cache_read_cost_per_mtok = model.cache_read_cost_per_mtok,
        cache_write_cost_per_mtok = model.cache_write_cost_per_mtok,
        cache_write_1h_cost_per_mtok = model.cache_write_1h_cost_per_mtok,
        long_prompt_tokens = model.long_prompt_tokens,
        long_prompt_factor = model.long_prompt_factor
      where bm.model_id = p_model_id;
  elsif p_prices = '{}' then
    perform switchboard.unschedule_price(p_model_id, p_valid_from);
  else
    perform switchboard.schedule_price(model, p_prices, p_valid_from);
  end if;

  return jsonb_build_object(
    'registry_version', (select rv.version from public.registry_version as rv));
exception when lock_not_available then
  perform switchboard.refuse_locked_registry();
  return null;
end;
$$;
comment on function public.set_model_price(
  text, jsonb, timestamptz, uuid, text, bigint, text, text) is
  'Sets prices of a model, by column of bedrock_models (p_prices; what it does not name stays): from now on, or from p_valid_from on, replacing what was scheduled for that moment; without prices, takes that back. PT404 model_not_found; PT400 invalid_request for a moment that is past; PT409 registry_changed.';
revoke execute on function public.set_model_price(
  text, jsonb, timestamptz, uuid, text, bigint, text, text) from public, anon, authenticated;
grant execute on function public.set_model_price(
  text, jsonb, timestamptz, uuid, text, bigint, text, text) to service_role;

create function public.list_model_prices(p_model_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  periods jsonb := (
    select jsonb_agg(
      to_jsonb(mp) - array['id', 'model_id', 'scheduled'] || jsonb_build_object('state', case
        when mp.valid_to <= moment then 'past'
        when mp.valid_from > moment then 'scheduled'
        else 'current'
      end)
      order by mp.valid_from desc)
    from public.model_prices as mp
    where mp.model_id = p_model_id and mp.valid_to is distinct from mp.valid_from);
begin
  if periods is null then
    perform switchboard.find_model(p_model_id);
  end if;
  return coalesce(periods, '[]');
end;
$$;
comment on function public.list_model_prices(text) is
  'The periods of a model''s prices, the newest first: `past`, `current` and `scheduled`; also of a model that has left the registry. PT404 model_not_found.';
revoke execute on function public.list_model_prices(text) from public, anon, authenticated;
grant execute on function public.list_model_prices(text) to service_role;
