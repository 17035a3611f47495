-- What came of the calls that prove a model before a switch to it. Not part of the registry: a
-- probe changes nothing that an answer depends on.

create table public.model_probes (
  id bigint generated always as identity primary key,
  model_id text not null
    constraint model_probes_model_id_fkey
    references public.bedrock_models (model_id) on update cascade on delete cascade,
  created_at timestamptz not null default now(),
  passed boolean not null,
  error_code text,
  latency_ms integer,
  input_tokens integer,
  output_tokens integer,
  checks jsonb not null
    constraint model_probes_checks_is_array check (jsonb_typeof(checks) = 'array')
);
comment on table public.model_probes is 'Calls that proved a model, or failed to, before a switch to it.';
comment on column public.model_probes.model_id is 'The model that was called.';
comment on column public.model_probes.passed is 'Whether every call was answered to its end.';
comment on column public.model_probes.error_code is 'The first failure, in the words of the API; null where it passed.';
comment on column public.model_probes.latency_ms is 'Of the call without streaming, in milliseconds.';
comment on column public.model_probes.input_tokens is 'Of all calls together; null where AWS did not tell.';
comment on column public.model_probes.output_tokens is 'Of all calls together; null where AWS did not tell.';
comment on column public.model_probes.checks is 'Each call: name, ok, message, and its figures.';

create index model_probes_model_id_idx on public.model_probes (model_id, id desc);

revoke all on public.model_probes from anon, authenticated, service_role;
alter table public.model_probes enable row level security;

create policy model_probes_select_platform on public.model_probes
  for select to authenticated
  using ((select private.is_platform_user()));
comment on policy model_probes_select_platform on public.model_probes is
  'Platform admins read the probes.';

grant select (
  id, model_id, created_at, passed, error_code, latency_ms, input_tokens, output_tokens, checks
) on public.model_probes to authenticated;
grant select, insert on public.model_probes to service_role;

create view public.latest_model_probes
with (security_invoker = true)
as
select distinct on (mp.model_id)
  mp.model_id, mp.created_at, mp.passed, mp.error_code, mp.latency_ms, mp.input_tokens,
  mp.output_tokens, mp.checks
from public.model_probes as mp
order by mp.model_id, mp.id desc;
comment on view public.latest_model_probes is 'The newest probe of each model that was ever probed.';
comment on column public.latest_model_probes.model_id is 'The model that was called.';
comment on column public.latest_model_probes.passed is 'As in model_probes.';
comment on column public.latest_model_probes.error_code is 'As in model_probes.';
comment on column public.latest_model_probes.latency_ms is 'As in model_probes, in milliseconds.';
comment on column public.latest_model_probes.input_tokens is 'As in model_probes.';
comment on column public.latest_model_probes.checks is 'As in model_probes.';

revoke all on public.latest_model_probes from anon, authenticated, service_role;
grant select on public.latest_model_probes to authenticated, service_role;
