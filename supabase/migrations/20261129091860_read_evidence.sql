-- The evidence of an answer: what explain_turn() says, and the rows that stood behind it, for an
-- auditor. A row is named by a link, its table and its id, which leads to a row that exists: what
-- was deleted since has none. No words, unless they are asked for by who may read them.

create function switchboard.link_to(table_name text, id text)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select case when id is not null then jsonb_build_object('table', table_name, 'id', id) end;
$$;
comment on function switchboard.link_to(text, text) is
  'A link of the evidence: a table of `public` and the id of a row of it; null where there is none.';
revoke execute on function switchboard.link_to(text, text) from public, anon, authenticated;
grant execute on function switchboard.link_to(text, text) to service_role;

create function switchboard.pinning_answer(question public.ai_messages, pinned_model_id text)
returns public.ai_messages
language sql
stable
set search_path = ''
as $$
  select m.*
  from public.ai_messages as m
  where m.conversation_id = question.conversation_id and m.seq < question.seq
    and m.role = 'assistant' and m.status in ('complete', 'partial')
    and m.model_used = pinned_model_id and m.reason <> 'pinned'
  order by m.seq desc
  limit 1;
$$;
comment on function switchboard.pinning_answer(public.ai_messages, text) is
  'The answer by which a conversation came to the model that it was pinned to; null where it is not known.';
revoke execute on function switchboard.pinning_answer(public.ai_messages, text)
  from public, anon, authenticated;
grant execute on function switchboard.pinning_answer(public.ai_messages, text) to service_role;

create function switchboard.placing_switch(
  placed_model_id text,
  of_assistant_type text,
  place text,
  as_of bigint
)
returns public.model_switches
language sql
stable
set search_path = ''
as $$
  select ms.*
  from public.model_switches as ms
  where ms.registry_version <= as_of and not ms.is_seeded
    and ms.table_name in ('bedrock_models', 'ai_assistants')
    and case
      when ms.table_name = 'ai_assistants' then
        place in ('assistant', 'canary') and ms.row_after ->> 'assistant_type' = of_assistant_type
        and placed_model_id = ms.row_after ->>
          case place when 'canary' then 'canary_model_id' else 'model_version' end
        and placed_model_id is distinct from ms.row_before ->>
          case place when 'canary' then 'canary_model_id' else 'model_version' end
      when ms.row_after ->> 'model_id' is distinct from placed_model_id then false
      when place = 'default' then
        (ms.row_after -> 'is_default')::boolean
        and (ms.row_before -> 'is_default')::boolean is not true
      when place = 'canary' then
        ms.row_after ->> 'canary_share' is not null and ms.row_before ->> 'canary_share' is null
      when place = 'availability' then
        (ms.row_after -> 'is_available')::boolean
        and (ms.row_before -> 'is_available')::boolean is not true
      else false
    end
  order by ms.id desc
  limit 1;
$$;
comment on function switchboard.placing_switch(text, text, text, bigint) is
  'The newest entry of the audit log, up to a version of the registry, that gave a model its place: `default`, `assistant` (its own model), `canary`, or `availability`; null for other places, and where the log has none.';
revoke execute on function switchboard.placing_switch(text, text, text, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.placing_switch(text, text, text, bigint) to service_role;

create function switchboard.prompting_switch(of_assistant_type text, prompt_hash text, as_of bigint)
returns public.model_switches
language sql
stable
set search_path = ''
as $$
  select ms.*
  from public.model_switches as ms
  where ms.registry_version <= as_of and not ms.is_seeded and ms.table_name = 'ai_assistants'
    and ms.row_after ->> 'assistant_type' = of_assistant_type
    and switchboard.prompt_version(ms.row_after) = prompt_hash
    and (ms.row_before is null or switchboard.prompt_version(ms.row_before) <> prompt_hash)
  order by ms.id desc
  limit 1;
$$;
comment on function switchboard.prompting_switch(text, text, bigint) is
  'The newest entry of the audit log, up to a version of the registry, that gave an assistant the prompt and settings with a hash; null where the log has none.';
revoke execute on function switchboard.prompting_switch(text, text, bigint)
  from public, anon, authenticated;
grant execute on function switchboard.prompting_switch(text, text, bigint) to service_role;

create function switchboard.evidence_of_proposal(of_proposal_id bigint)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'link', switchboard.link_to('ai_change_proposals', p.id::text), 'status', p.status,
    'created_at', p.created_at, 'reason', p.reason,
    'proposed_by', p.proposed_by, 'proposed_by_email', switchboard.email_of(p.proposed_by),
    'proposed_by_key', p.proposed_by_key,
    'decided_by', p.decided_by, 'decided_by_email', switchboard.email_of(p.decided_by),
    'decided_by_key', p.decided_by_key, 'decided_at', p.decided_at,
    'applied_at', p.applied_at)
  from public.ai_change_proposals as p
  where p.id = of_proposal_id;
$$;
comment on function switchboard.evidence_of_proposal(bigint) is
  'A proposal as evidence: who proposed it and who decided on it; null where there is none.';
revoke execute on function switchboard.evidence_of_proposal(bigint)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_proposal(bigint) to service_role;

create function switchboard.evidence_of_probe(of_probe_id bigint)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'link', switchboard.link_to('model_probes', mp.id::text), 'created_at', mp.created_at,
    'passed', mp.passed, 'error_code', mp.error_code)
  from public.model_probes as mp
  where mp.id = of_probe_id;
$$;
comment on function switchboard.evidence_of_probe(bigint) is
  'A probe as evidence; null where there is none, as of a model that was deleted since.';
revoke execute on function switchboard.evidence_of_probe(bigint) from public, anon, authenticated;
grant execute on function switchboard.evidence_of_probe(bigint) to service_role;

create function switchboard.evidence_of_switch(entry public.model_switches)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select case when entry.id is not null then jsonb_build_object(
    'link', switchboard.link_to('model_switches', entry.id::text),
    'created_at', entry.created_at, 'action', entry.action,
    'model_id', entry.model_id, 'assistant_type', entry.assistant_type,
    'registry_version', entry.registry_version, 'hash', encode(entry.hash, 'hex'),
    'actor', jsonb_build_object(
      'user_id', entry.actor_user_id, 'email', switchboard.email_of(entry.actor_user_id),
      'key_name', entry.actor_key_name, 'database_role', entry.database_role,
      'session_role', entry.session_role, 'application_name', entry.application_name,
      'proven', entry.actor_proven),
    'source', entry.source, 'reason', entry.reason,
    'rollback_of', switchboard.link_to('model_switches', entry.rollback_of::text),
    'probe_result', entry.probe, 'probe', switchboard.evidence_of_probe(entry.probe_id),
    'approval', entry.approval,
    'proposal', switchboard.evidence_of_proposal(entry.proposal_id),
    'signature', switchboard.signature_of(entry.id) || jsonb_build_object(
      'link', switchboard.link_to('model_switch_signatures', entry.id::text)))
  end;
$$;
comment on function switchboard.evidence_of_switch(public.model_switches) is
  'An entry of the audit log as evidence: its actor, its hash, and what it rested on; null for null.';
revoke execute on function switchboard.evidence_of_switch(public.model_switches)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_switch(public.model_switches) to service_role;

create function switchboard.evidence_of_rollout(of_rollout_id bigint)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'link', switchboard.link_to('ai_rollouts', r.id::text),
    'assistant_type', r.assistant_type, 'model_id', r.model_id,
    'former_model_id', r.former_model_id, 'is_watched', r.watch_until is not null,
    'started_at', r.started_at, 'ended_at', r.ended_at, 'outcome', r.outcome,
    'verdicts', coalesce((
      select jsonb_agg(jsonb_build_object(
          'link', switchboard.link_to('ai_rollout_verdicts', v.id::text),
          'created_at', v.created_at, 'verdict', v.verdict, 'guard', v.guard)
        order by v.id)
      from public.ai_rollout_verdicts as v where v.rollout_id = r.id), '[]'))
  from public.ai_rollouts as r
  where r.id = of_rollout_id;
$$;
comment on function switchboard.evidence_of_rollout(bigint) is
  'A rollout, or a watched switch, as evidence, with what was found of it; null where there is none.';
revoke execute on function switchboard.evidence_of_rollout(bigint)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_rollout(bigint) to service_role;

create function switchboard.evidence_of_evaluation(
  of_model_id text,
  of_assistant_type text,
  prompt_hash text,
  before timestamptz
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'link', switchboard.link_to('ai_evaluations', e.id::text), 'ran_at', e.ran_at,
    'created_at', e.created_at, 'passed', e.passed, 'failed', e.failed, 'errors', e.errors,
    'score', e.score, 'result_hash', e.result_hash, 'promptfoo_version', e.promptfoo_version,
    'is_passing', e.failed = 0 and e.errors = 0)
  from public.ai_evaluations as e
  where e.model_id = of_model_id and e.assistant_type = of_assistant_type
    and e.prompt_version = prompt_hash and e.created_at <= before
  order by e.ran_at desc, e.id desc
  limit 1;
$$;
comment on function switchboard.evidence_of_evaluation(text, text, text, timestamptz) is
  'The newest evaluation of a model with the prompt and settings that an answer was made with, of those that were attached before it; null where there is none.';
revoke execute on function switchboard.evidence_of_evaluation(text, text, text, timestamptz)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_evaluation(text, text, text, timestamptz)
  to service_role;

create function switchboard.evidence_of_calls(entry public.ai_usage)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
      'link', switchboard.link_to('ai_usage', u.id::text), 'model_id', u.model_id,
      'status', u.status, 'error_code', u.error_code,
      'bedrock_request_id', u.bedrock_request_id, 'cost_usd', u.cost_usd,
      'price', case when mp.id is not null then jsonb_build_object(
        'link', switchboard.link_to('model_prices', mp.id::text),
        'valid_from', mp.valid_from, 'valid_to', mp.valid_to, 'scheduled', mp.scheduled,
        'input_cost_per_mtok', mp.input_cost_per_mtok,
        'output_cost_per_mtok', mp.output_cost_per_mtok,
        'cache_read_cost_per_mtok', mp.cache_read_cost_per_mtok,
        'cache_write_cost_per_mtok', mp.cache_write_cost_per_mtok,
        'cache_write_1h_cost_per_mtok', mp.cache_write_1h_cost_per_mtok,
        'long_prompt_tokens', mp.long_prompt_tokens,
        'long_prompt_factor', mp.long_prompt_factor) end)
    order by u.unanswered_call nulls last, u.id), '[]')
  from public.ai_usage as u
  left join public.model_prices as mp on mp.id = u.price_id
  where u.question_id = entry.question_id and u.attempt = entry.attempt
    and (u.id = entry.id or u.unanswered_call is not null);
$$;
comment on function switchboard.evidence_of_calls(public.ai_usage) is
  'The rows of the ledger of an attempt, those of calls that gave no answer first, with the prices that their costs were computed from.';
revoke execute on function switchboard.evidence_of_calls(public.ai_usage)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_calls(public.ai_usage) to service_role;

create function switchboard.evidence_of_limits(ids bigint[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- Of whom a limit is, its row says: a user is no part of the evidence.
  select coalesce(jsonb_agg(jsonb_build_object(
      'id', i.id, 'link', switchboard.link_to('ai_limits', l.id::text), 'scope', l.scope,
      'unit', l.unit, 'amount', l.amount, 'period', l.period, 'enforcement', l.enforcement)
    order by i.id), '[]')
  from unnest(ids) as i (id)
  left join public.ai_limits as l on l.id = i.id;
$$;
comment on function switchboard.evidence_of_limits(bigint[]) is
  'Limits as evidence, as they are now; of one that was removed since, only its id.';
revoke execute on function switchboard.evidence_of_limits(bigint[])
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_limits(bigint[]) to service_role;

create function switchboard.evidence_of_asking(entry public.ai_usage)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'surface', coalesce(entry.surface, 'chat'),
    'user_hash', entry.user_hash, 'client_hash', entry.client_hash,
    'api_key', (
      select jsonb_build_object(
        'link', switchboard.link_to('ai_api_keys', k.id::text), 'name', k.name,
        'prefix', k.prefix)
      from public.ai_api_keys as k where k.id = entry.api_key_id));
$$;
comment on function switchboard.evidence_of_asking(public.ai_usage) is
  'Who asked, as the ledger knows it: by keyed hashes, or by an API key with its name.';
revoke execute on function switchboard.evidence_of_asking(public.ai_usage)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_asking(public.ai_usage) to service_role;

create function switchboard.evidence_of_chain()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'head', switchboard.link_to('model_switches', (
      select max(ms.id)::text from public.model_switches as ms)),
    'hash', v.verified -> 'last_hash', 'entries', v.verified -> 'entries',
    'ok', v.verified -> 'ok', 'problem', v.verified -> 'problem')
  from (select public.verify_model_switches()) as v (verified);
$$;
comment on function switchboard.evidence_of_chain() is
  'The newest entry of the audit log, and whether the log is as it was written.';
revoke execute on function switchboard.evidence_of_chain() from public, anon, authenticated;
grant execute on function switchboard.evidence_of_chain() to service_role;

create function switchboard.words_of_turn(
  question public.ai_messages,
  is_call boolean,
  reader_user_id uuid
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if is_call or question.id is null then
    return jsonb_build_object(
      'available', false, 'why', case when is_call then 'not-stored' else 'deleted' end,
      'question', null, 'answer', null);
  elsif reader_user_id is not null and not exists (
    select from public.ai_conversations as c
    where c.id = question.conversation_id and c.user_id = reader_user_id)
  then
    raise exception using
      errcode = 'PT403',
      message = 'The words of a conversation are its user''s to read.',
      detail = 'forbidden',
      hint = 'Leave include_words out, or send a secret key.';
  end if;
  return jsonb_build_object(
    'available', true, 'why', null,
    'question', jsonb_build_object('content', question.content, 'blocks', question.shown_blocks),
    'answer', (
      select jsonb_build_object('content', m.content, 'blocks', m.shown_blocks)
      from public.ai_messages as m
      where m.conversation_id = question.conversation_id and m.seq = question.seq + 1
        and m.role = 'assistant' and m.status <> 'failed'));
end;
$$;
comment on function switchboard.words_of_turn(public.ai_messages, boolean, uuid) is
  'The words of a turn, without the model''s reasoning, or why there are none. reader_user_id: null for a secret key; of another user than the conversation''s PT403 forbidden.';
revoke execute on function switchboard.words_of_turn(public.ai_messages, boolean, uuid)
  from public, anon, authenticated;
grant execute on function switchboard.words_of_turn(public.ai_messages, boolean, uuid)
  to service_role;

create function switchboard.evidence_of_choice(question public.ai_messages, entry public.ai_usage)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- A pin is what was chosen when it was set.
  pinned constant public.ai_messages := case when entry.reason = 'pinned'
    then switchboard.pinning_answer(question, entry.model_id) end;
  version constant bigint := case when entry.reason = 'pinned'
    then pinned.registry_version else entry.registry_version end;
  model constant public.model_switches := switchboard.placing_switch(
    entry.model_id, entry.assistant_type, coalesce(pinned.reason, entry.reason), version);
  available constant public.model_switches := switchboard.placing_switch(
    entry.model_id, null, 'availability', entry.registry_version);
  -- That the run counts for, else the one that its model came by.
  rollout_id constant bigint := coalesce(entry.rollout_id, (
    select r.id from public.ai_rollouts as r
    where r.model_id = entry.model_id and r.id in (
      (model.row_after ->> 'rollout_id')::bigint, (model.row_before ->> 'rollout_id')::bigint)
    order by r.id desc
    limit 1));
begin
  return jsonb_build_object(
    'pinned_by', switchboard.link_to('ai_messages', pinned.id::text),
    'switches', jsonb_build_object(
      'model', switchboard.evidence_of_switch(model),
      'availability', switchboard.evidence_of_switch(available),
      'prompt', switchboard.evidence_of_switch(switchboard.prompting_switch(
        entry.assistant_type, entry.prompt_hash, entry.registry_version))),
    'probe', switchboard.evidence_of_probe(coalesce(model.probe_id, available.probe_id, (
      select mp.id from public.model_probes as mp
      where mp.model_id = entry.model_id and mp.created_at <= entry.begun_at
      order by mp.id desc
      limit 1))),
    'evaluation', switchboard.evidence_of_evaluation(
      entry.model_id, entry.assistant_type, entry.prompt_hash, entry.ended_at),
    'rollout', switchboard.evidence_of_rollout(rollout_id) || jsonb_build_object(
      'side', entry.rollout_side, 'share', entry.rollout_share));
end;
$$;
comment on function switchboard.evidence_of_choice(public.ai_messages, public.ai_usage) is
  'What stood behind the model of an attempt: the switches, the probe, the evaluation and the rollout.';
revoke execute on function switchboard.evidence_of_choice(public.ai_messages, public.ai_usage)
  from public, anon, authenticated;
grant execute on function switchboard.evidence_of_choice(public.ai_messages, public.ai_usage)
  to service_role;

create function public.read_evidence(
  p_message_id uuid default null,
  p_request_id uuid default null,
  p_include_words boolean default false,
  p_reader_user_id uuid default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  facts constant jsonb := public.explain_turn(p_message_id, p_request_id);
  question constant public.ai_messages :=
    switchboard.find_question(p_message_id, p_request_id);
  entry constant public.ai_usage :=
    switchboard.find_last_attempt(question.id, p_message_id, p_request_id);
  answer public.ai_messages;
begin
  select m.* into answer
  from public.ai_messages as m
  where m.conversation_id = question.conversation_id and m.seq = question.seq + 1;
  return jsonb_build_object(
    'facts', facts,
    'asked', switchboard.evidence_of_asking(entry),
    'records', jsonb_build_object(
      'ledger', switchboard.link_to('ai_usage', entry.id::text),
      'conversation', switchboard.link_to('ai_conversations', question.conversation_id::text),
      'question', switchboard.link_to('ai_messages', question.id::text),
      'answer', switchboard.link_to('ai_messages', answer.id::text)),
    'figures', case when entry.id is not null then to_jsonb(entry) end,
    'disclosure', case
      when entry.purpose = 'turn' then coalesce(answer.disclosure, entry.begins_conversation) end,
    'choice', switchboard.evidence_of_choice(question, entry),
    'calls', switchboard.evidence_of_calls(entry),
    'limits', switchboard.evidence_of_limits(entry.limit_ids),
    'chain', switchboard.evidence_of_chain(),
    'words', case
      when p_include_words then switchboard.words_of_turn(
        question, coalesce(entry.purpose = 'call', false), p_reader_user_id)
      else jsonb_build_object(
        'available', false, 'why', 'not-asked', 'question', null, 'answer', null)
    end);
end;
$$;
comment on function public.read_evidence(uuid, uuid, boolean, uuid) is
  'The evidence of the last attempt at a turn, or of a call, named as explain_turn() takes it: its facts, who asked, the rows of the ledger with their prices, and the switches, probe, evaluation, rollout and limits that stood behind it, each with a link to its row; and whether the audit log is as it was written. Words only with p_include_words, to a secret key (p_reader_user_id null) or the conversation''s user; else PT403 forbidden. PT404 turn_not_found; PT409 turn_in_progress.';
revoke execute on function public.read_evidence(uuid, uuid, boolean, uuid)
  from public, anon, authenticated;
grant execute on function public.read_evidence(uuid, uuid, boolean, uuid) to service_role;
