-- The registry's first rows: the models and assistants of the first users, and the models of today.
-- They stand in a migration, because merges through the GitHub integration and pushes to production
-- run no seed. Where calls may be processed was set with its table.
--
-- An operator's values are never overwritten, whenever this runs: rows that exist are left as they
-- are, and the default is set only where there is none.
--
-- Prices are USD per million tokens, on demand, called from eu-central-1 (Frankfurt); null is not
-- known. The Claude 3 rows are legacy: AWS ends them region by region, and the successor takes
-- over when it does. Calls stay in the EU: `eu.` profiles route within it, and the other ids are
-- called in Frankfurt. For calls from another region, correct `geographies`.

-- `health` brings the first users' assistants with all models. `blank` brings one assistant, for
-- users without a role, and the platform's, with those models of today whose calls stay in
-- `first_geographies`; other models come from the AWS catalog. `deno task install-into` writes
-- another choice here.
select
  set_config('switchboard.first_rows', 'health', true),
  set_config('switchboard.first_geographies', 'eu', true);

-- Outside a transaction the choice is gone with its statement, and no assistant would come.
do $$
begin
  if coalesce(current_setting('switchboard.first_rows', true), '') not in ('health', 'blank') then
    raise exception 'The first rows need one transaction: psql --single-transaction, or db push.';
  end if;
end;
$$;

update public.registry_settings as rs
  set allowed_geographies = string_to_array(current_setting('switchboard.first_geographies'), ',')
  where current_setting('switchboard.first_rows') = 'blank'
    and not exists (select from public.bedrock_models)
    and not exists (select from public.ai_assistants);

-- What they accept besides text is from the page that each row names as its source, AWS's user
-- guide, the API references of Converse and of Claude's Messages, and reports of what each model
-- refuses. Where they name no limit for a model, the narrowest that AWS names for its API is here:
-- Converse's for images and documents, which Nova takes over Converse. Of the fewest tokens that a
-- Claude caches only Sonnet 5.5's 512 are named; 1024 stands for the others: below the real number
-- nothing is cached, and nothing fails. `assumed` lists what is so. A hyphen in its name keeps Nova
-- from calling a tool. Prompts are cached without being asked only where the price of writing is
-- known. An hour's writes of Claude cost twice the input. Which models CountTokens works with is from
-- its own page, count-tokens.html: of Claude, only some that are called without a profile.
--
-- Aliases are the names that Anthropic's own API has for a model, as some clients list only what
-- begins with `claude`, and short names of Nova's.
with parts (p) as (
  values ('{
    "images": {"max_count": 20, "max_bytes": 3750000, "max_side": 8000,
      "types": ["image/png", "image/jpeg", "image/gif", "image/webp"], "in_tool_results": false},
    "documents": {"max_count": 5, "max_bytes": 4500000, "types": [
      "application/pdf", "text/csv", "application/msword",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/vnd.ms-excel",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "text/html", "text/plain", "text/markdown"]},
    "claude_documents": {"max_count": 5, "max_bytes": 4500000, "types": [
      "application/pdf", "text/csv", "text/html", "text/plain", "text/markdown"]},
    "nova_tools": {"choices": ["any", "tool"], "single": false, "names": "underscore",
      "ids": "any", "strict": false},
    "claude_tools": {"choices": ["any", "tool", "none"], "single": true, "names": "hyphen",
      "ids": "any", "strict": false},
    "nova_caching": {"min_tokens": 1000, "max_points": 4, "ttls": ["5m"],
      "places": ["system", "messages"], "automatic": false},
    "claude_caching": {"min_tokens": 1024, "max_points": 4, "ttls": ["5m", "1h"],
      "places": ["tools", "system", "messages"], "automatic": true},
    "claude_thinking": {"mode": "adaptive", "efforts": ["low", "medium", "high", "xhigh", "max"],
      "by_default": true, "off": "disabled", "forced_tools": false},
    "image_limits": ["images.max_count", "images.max_bytes", "images.max_side"],
    "media_limits": ["images.max_count", "images.max_bytes", "images.max_side",
      "documents.max_count", "documents.max_bytes"]}'::jsonb)
),
sources (model_id, page, assumed) as (
  select a.model_id, a.page, a.assumed
  from parts
  cross join lateral (values
    ('eu.amazon.nova-pro-v1:0', 'model-card-amazon-nova-pro', p -> 'image_limits'),
    ('eu.amazon.nova-lite-v1:0', 'model-card-amazon-nova-lite', p -> 'image_limits'),
    ('eu.amazon.nova-micro-v1:0', 'model-card-amazon-nova-micro', '[]'),
    ('eu.amazon.nova-2-lite-v1:0', 'model-card-amazon-nova-2-lite', p -> 'image_limits'),
    ('eu.anthropic.claude-haiku-5-5', 'model-card-anthropic-claude-haiku-5-5',
      p -> 'media_limits' || '["caching.min_tokens"]'),
    ('eu.anthropic.claude-sonnet-5-5', 'model-card-anthropic-claude-sonnet-5-5',
      p -> 'media_limits'),
    ('eu.anthropic.claude-opus-5-5', 'model-card-anthropic-claude-opus-5-5',
      p -> 'media_limits' || '["caching.min_tokens"]'),
    ('anthropic.claude-3-5-sonnet-20241022-v2:0', 'model-parameters-anthropic-claude-messages',
      p -> 'media_limits' || '["count_tokens"]'),
    ('anthropic.claude-3-sonnet-20240229-v1:0', 'model-parameters-anthropic-claude-messages',
      p -> 'image_limits'),
    ('anthropic.claude-3-opus-20240229-v1:0', 'model-parameters-anthropic-claude-messages',
      p -> 'image_limits'),
    ('anthropic.claude-3-haiku-20240307-v1:0', 'model-parameters-anthropic-claude-messages',
      p -> 'image_limits')
  ) as a (model_id, page, assumed)
),
accepted (model_id, capabilities) as (
  select
    a.model_id,
    jsonb_strip_nulls(jsonb_build_object(
      'images', a.images, 'documents', a.documents, 'tools', a.tools, 'thinking', a.thinking,
      'caching', a.caching, 'output_schema', false, 'betas', '[]'::jsonb, 'prefill', a.prefill,
      'stop_sequences', true,
      'count_tokens', a.model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0',
      'source', jsonb_build_object(
        'url', format('https://docs.aws.amazon.com/bedrock/latest/userguide/%s.html', s.page),
        'checked_on', '2026-11-29', 'assumed', s.assumed)))
  from parts
  cross join lateral (values
    ('eu.amazon.nova-pro-v1:0', p -> 'images', p -> 'documents', p -> 'nova_tools',
      null::jsonb, p -> 'nova_caching', false),
    ('eu.amazon.nova-lite-v1:0', p -> 'images', p -> 'documents', p -> 'nova_tools',
      null, p -> 'nova_caching', false),
    ('eu.amazon.nova-micro-v1:0', null, null, p -> 'nova_tools',
      null, p -> 'nova_caching', false),
    ('eu.amazon.nova-2-lite-v1:0', p -> 'images', p -> 'documents', p -> 'nova_tools',
      '{"mode": "levels", "efforts": ["low", "medium", "high"], "by_default": false,
        "off": "omitted", "forced_tools": false}',
      p -> 'nova_caching' || '{"automatic": true}', false),
    ('eu.anthropic.claude-haiku-5-5',
      p -> 'images' || '{"in_tool_results": true}', p -> 'claude_documents', p -> 'claude_tools',
      p -> 'claude_thinking', p -> 'claude_caching', false),
    -- The two refuse a forced tool; Sonnet thinks between calls of tools whatever it is told, Opus
    -- whenever it likes.
    ('eu.anthropic.claude-sonnet-5-5',
      p -> 'images' || '{"in_tool_results": true}', p -> 'claude_documents',
      p -> 'claude_tools' || '{"choices": ["none"]}',
      p -> 'claude_thinking' || '{"off": "between_tools"}',
      p -> 'claude_caching' || '{"min_tokens": 512}', false),
    ('eu.anthropic.claude-opus-5-5',
      p -> 'images' || '{"in_tool_results": true}', p -> 'claude_documents',
      p -> 'claude_tools' || '{"choices": ["none"]}',
      p -> 'claude_thinking' || '{"off": "omitted"}', p -> 'claude_caching', false),
    ('anthropic.claude-3-5-sonnet-20241022-v2:0',
      p -> 'images' || '{"in_tool_results": true}', p -> 'claude_documents',
      p -> 'claude_tools' || '{"choices": ["any", "tool"]}', null, null, true),
    ('anthropic.claude-3-sonnet-20240229-v1:0',
      p -> 'images' || '{"in_tool_results": true}', null,
      p -> 'claude_tools' || '{"choices": ["any", "tool"]}', null, null, true),
    ('anthropic.claude-3-opus-20240229-v1:0',
      p -> 'images' || '{"in_tool_results": true}', null,
      p -> 'claude_tools' || '{"choices": ["any", "tool"]}', null, null, true),
    ('anthropic.claude-3-haiku-20240307-v1:0',
      p -> 'images' || '{"in_tool_results": true}', null,
      p -> 'claude_tools' || '{"choices": ["any", "tool"]}', null, null, true)
  ) as a (model_id, images, documents, tools, thinking, caching, prefill)
  join sources as s on s.model_id = a.model_id
)
insert into public.bedrock_models (
  model_id, model_name, aliases, provider, format, geographies, max_tokens, context_window,
  temperature, sampling, input_cost_per_mtok, output_cost_per_mtok, cache_read_cost_per_mtok,
  cache_write_cost_per_mtok, cache_write_1h_cost_per_mtok, long_prompt_tokens,
  long_prompt_factor, priority, is_available, is_default, lifecycle, retires_on,
  successor_model_id, capabilities, source_url, checked_on, description)
select
  s.model_id, s.model_name,
  -- Those that an operator has given to another model stay there.
  array(
    select a.alias from unnest(names.aliases::text[]) as a (alias)
    where not exists (
      select from public.bedrock_models as bm
      where a.alias = bm.model_id or a.alias = any (bm.aliases))),
  s.provider, s.format, '{eu}', s.max_tokens, s.context_window,
  s.temperature, s.sampling, s.input_cost, s.output_cost, s.cache_read_cost, s.cache_write_cost,
  hour.cost, long.tokens, long.factor, s.priority, s.is_available,
  s.is_default and not exists (select from public.bedrock_models as bm where bm.is_default),
  s.lifecycle, s.retires_on::date, s.successor_model_id, accepted.capabilities, s.source_url,
  s.checked_on::date, s.description
from (values
  ('eu.amazon.nova-pro-v1:0', 'Amazon Nova Pro', 'Amazon', 'nova',
    10000, 300000, 0.7, 'temperature_and_top_p',
    1.05, 4.20, 0.2625, null,
    10, true, true, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-06',
    'The first users'' default: balanced quality and price.'),
  ('eu.amazon.nova-lite-v1:0', 'Amazon Nova Lite', 'Amazon', 'nova',
    10000, 300000, 0.7, 'temperature_and_top_p',
    0.078, 0.312, 0.0195, null,
    20, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-06',
    'Fast and cheap, for everyday questions.'),
  ('eu.amazon.nova-micro-v1:0', 'Amazon Nova Micro', 'Amazon', 'nova',
    10000, 128000, 0.7, 'temperature_and_top_p',
    0.046, 0.184, 0.0115, null,
    30, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-06',
    'The cheapest; text only.'),
  ('eu.amazon.nova-2-lite-v1:0', 'Amazon Nova 2 Lite', 'Amazon', 'nova',
    64000, 1000000, 0.7, 'temperature_and_top_p',
    0.429, 3.597, 0.10725, 0,
    40, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-06',
    'A long context at a low price.'),
  ('eu.anthropic.claude-haiku-5-5', 'Claude Haiku 5.5', 'Anthropic', 'claude',
    128000, 1000000, null, 'none',
    0.11, 0.55, 0.011, 0.1375,
    50, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-07',
    'The cheapest Claude, unless the prompt is longer than 100,000 tokens.'),
  ('eu.anthropic.claude-sonnet-5-5', 'Claude Sonnet 5.5', 'Anthropic', 'claude',
    128000, 1000000, null, 'none',
    2.20, 11, 0.11, 2.75,
    60, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-07',
    'Current Sonnet.'),
  ('eu.anthropic.claude-opus-5-5', 'Claude Opus 5.5', 'Anthropic', 'claude',
    128000, 1000000, null, 'none',
    4.40, 22, 0.22, 5.50,
    70, true, false, 'active', null, null,
    'https://aws.amazon.com/bedrock/pricing/', '2026-10-07',
    'Current Opus, the most capable and the dearest.'),
  ('anthropic.claude-3-5-sonnet-20241022-v2:0', 'Claude 3.5 Sonnet v2', 'Anthropic', 'claude',
    8192, 200000, 0.7, 'temperature_and_top_p',
    3, 15, null, null,
    80, true, false, 'legacy', '2026-07-30', 'eu.anthropic.claude-sonnet-5-5',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html', '2026-10-08',
    'Ended in most regions; the first users'' clinical model.'),
  ('anthropic.claude-3-sonnet-20240229-v1:0', 'Claude 3 Sonnet', 'Anthropic', 'claude',
    4096, 200000, 0.7, 'temperature_and_top_p',
    3, 15, null, null,
    90, true, false, 'legacy', null, 'eu.anthropic.claude-sonnet-5-5',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html', '2026-10-08',
    'Kept for the conversations that began on it.'),
  ('anthropic.claude-3-opus-20240229-v1:0', 'Claude 3 Opus', 'Anthropic', 'claude',
    4096, 200000, 0.7, 'temperature_and_top_p',
    15, 75, null, null,
    100, false, false, 'legacy', null, 'eu.anthropic.claude-opus-5-5',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html', '2026-10-08',
    'Disabled: dear, and superseded.'),
  ('anthropic.claude-3-haiku-20240307-v1:0', 'Claude 3 Haiku', 'Anthropic', 'claude',
    4096, 200000, 0.7, 'temperature_and_top_p',
    0.25, 1.25, null, null,
    110, false, false, 'legacy', '2026-09-10', 'eu.anthropic.claude-haiku-5-5',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html', '2026-10-08',
    'Disabled: ended in Frankfurt.')
) as s (
  model_id, model_name, provider, format, max_tokens, context_window, temperature, sampling,
  input_cost, output_cost, cache_read_cost, cache_write_cost, priority, is_available, is_default,
  lifecycle, retires_on, successor_model_id, source_url, checked_on, description)
left join (values
  ('eu.amazon.nova-pro-v1:0', '{nova-pro}'),
  ('eu.amazon.nova-lite-v1:0', '{nova-lite}'),
  ('eu.amazon.nova-micro-v1:0', '{nova-micro}'),
  ('eu.amazon.nova-2-lite-v1:0', '{nova-2-lite}'),
  ('eu.anthropic.claude-haiku-5-5', '{claude-haiku-5-5}'),
  ('eu.anthropic.claude-sonnet-5-5', '{claude-sonnet-5-5}'),
  ('eu.anthropic.claude-opus-5-5', '{claude-opus-5-5}'),
  ('anthropic.claude-3-5-sonnet-20241022-v2:0', '{claude-3-5-sonnet-20241022}'),
  ('anthropic.claude-3-sonnet-20240229-v1:0', '{claude-3-sonnet-20240229}'),
  ('anthropic.claude-3-opus-20240229-v1:0', '{claude-3-opus-20240229}'),
  ('anthropic.claude-3-haiku-20240307-v1:0', '{claude-3-haiku-20240307}')
) as names (model_id, aliases) on names.model_id = s.model_id
left join (values ('eu.anthropic.claude-haiku-5-5', 100000, 5)) as long (model_id, tokens, factor)
  on long.model_id = s.model_id
left join (values
  ('eu.anthropic.claude-haiku-5-5', 0.22),
  ('eu.anthropic.claude-sonnet-5-5', 4.40),
  ('eu.anthropic.claude-opus-5-5', 8.80)) as hour (model_id, cost) on hour.model_id = s.model_id
join accepted on accepted.model_id = s.model_id
where current_setting('switchboard.first_rows') = 'health'
  or s.lifecycle = 'active' and not exists (
    select from public.registry_settings as rs
    cross join unnest(switchboard.places_outside(
      switchboard.places_of_model(s.model_id, null, '{eu}'), rs.allowed_geographies)))
on conflict (model_id) do nothing;

insert into public.ai_assistants (
  assistant_type, name, model_version, model_config, allowed_models, system_prompt)
select
  a.assistant_type, a.name, a.model_version, a.model_config::jsonb,
  -- Patients get the model that their assistant has; the others may name any.
  case a.assistant_type when 'health' then '{}'::text[] end, a.system_prompt
from (values
  ('{health}', 'health', 'Health assistant', 'eu.amazon.nova-lite-v1:0', '{"max_tokens": 1024}',
    'You are a health assistant for patients. Explain in plain words what is known, say what you are not sure of, and say when to see a doctor. You do not diagnose and do not prescribe. In an emergency, tell the patient to call the emergency number at once.'),
  ('{health}', 'clinical', 'Clinical assistant', 'anthropic.claude-3-5-sonnet-20241022-v2:0',
    '{"temperature": 0.2, "max_tokens": 4096}',
    'You are a clinical assistant for medical providers. Answer precisely and in medical terms, name the evidence and its limits, and point out interactions and contraindications. The provider decides.'),
  ('{health}', 'operations', 'Operations assistant', 'eu.amazon.nova-micro-v1:0',
    '{"max_tokens": 1024}',
    'You are an operations assistant for facility staff. Help with schedules, rooms, supplies and procedures. Be brief and give steps that can be followed.'),
  ('{blank}', 'health', 'Assistant', null, '{"max_tokens": 1024}',
    'You are a helpful assistant. Answer briefly, and say what you are not sure of.'),
  ('{health,blank}', 'platform', 'Platform assistant', null, '{"max_tokens": 2048}',
    'You are an assistant for the administrators of this platform. Help with configuration, monitoring and cost. Be exact; say what a command changes before you give it.')
) as a (first_rows, assistant_type, name, model_version, model_config, system_prompt)
where current_setting('switchboard.first_rows') = any (a.first_rows::text[])
on conflict (assistant_type) do nothing;

-- With any data: each has the assistant health. Generous: a person reaches none of them by typing. In USD only soft ones, so that a model without a
-- known price goes on answering.
insert into public.ai_limits (scope, assistant_type, unit, amount, period, enforcement)
select l.scope, l.assistant_type, l.unit, l.amount, l.period, l.enforcement
from (values
  ('each_user', 'health', 'turns', 60, 'minute', 'hard'),
  ('each_user', 'health', 'concurrent', 8, null, 'hard'),
  ('each_user', 'health', 'usd', 5, 'day', 'soft'),
  ('project', null, 'usd', 1000, 'month', 'soft')
) as l (scope, assistant_type, unit, amount, period, enforcement)
-- None of an assistant that an operator has renamed.
where (l.assistant_type is null or exists (
    select from public.ai_assistants as a where a.assistant_type = l.assistant_type))
  and not exists (
    select from public.ai_limits as former
    where (former.scope, former.unit) = (l.scope, l.unit)
      and (former.assistant_type, former.user_id, former.api_key_id, former.period)
        is not distinct from (l.assistant_type, null, null, l.period));
