-- Changes that were proposed, which a second person decides on.

create table public.ai_change_proposals (
  id bigint generated always as identity
    constraint ai_change_proposals_pkey primary key,
  created_at timestamptz not null default now(),
  status text not null default 'open'
    constraint ai_change_proposals_status_known check (
      status in ('open', 'approved', 'applied', 'returned', 'rejected', 'expired')),
  change jsonb not null
    constraint ai_change_proposals_change_names_action check (change ->> 'action' is not null),
  function_name text not null,
  arguments jsonb not null,
  decided_on jsonb not null,
  registry_version bigint not null,
  probe_id bigint,
  reason text
    constraint ai_change_proposals_reason_length check (char_length(reason) between 1 and 500),
  proposed_by uuid,
  proposed_by_key text
    constraint ai_change_proposals_proposed_by_key_length
    check (char_length(proposed_by_key) <= 200),
  database_role text not null,
  effective_at timestamptz,
  expires_at timestamptz not null default now() + interval '7 days',
  decided_by uuid,
  decided_by_key text,
  decided_at timestamptz,
  decision_reason text
    constraint ai_change_proposals_decision_reason_length
    check (char_length(decision_reason) between 1 and 500),
  applied_at timestamptz,
  applied_in bigint,
  is_applying boolean not null default false,
  problem text,
  constraint ai_change_proposals_times_in_range check (
    effective_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00'
    and expires_at between '2000-01-01 00:00:00+00' and '2999-12-31 00:00:00+00')
);
comment on table public.ai_change_proposals is
  'Proposed changes of the registry, until and after a second person decided on them. Written by their functions only.';
comment on column public.ai_change_proposals.status is
  '`open`, `approved` (waits for effective_at), `applied`, `returned` (could not be applied; see problem), `rejected` or `expired`.';
comment on column public.ai_change_proposals.change is
  'The request of the action that makes the change.';
comment on column public.ai_change_proposals.function_name is
  'The function of `public` that makes the change, as switchboard.call_of_change() found it.';
comment on column public.ai_change_proposals.arguments is
  'The named arguments that the function is called with, but for its author.';
comment on column public.ai_change_proposals.decided_on is
  'The rows that the change was decided on: of each its table, its id and the SHA-256 of each column; columns null: there was no such row.';
comment on column public.ai_change_proposals.registry_version is
  'The version of the registry when it was proposed.';
comment on column public.ai_change_proposals.probe_id is
  'The row of model_probes that the model passed when it was proposed; null: it was not called.';
comment on column public.ai_change_proposals.reason is
  'Why, in the words of who proposed it; null where none were given.';
comment on column public.ai_change_proposals.proposed_by is
  'The platform admin who proposed it, as database_role said; null for a secret key or SQL.';
comment on column public.ai_change_proposals.proposed_by_key is
  'The name of the secret key that proposed it; null otherwise.';
comment on column public.ai_change_proposals.database_role is
  'The Postgres role that proposed it.';
comment on column public.ai_change_proposals.effective_at is
  'From when on it is applied, by the tick; null: when it is approved.';
comment on column public.ai_change_proposals.expires_at is
  'Until when it can be approved.';
comment on column public.ai_change_proposals.decided_by is
  'Who approved it, which Postgres knows from the verified token, or who rejected it.';
comment on column public.ai_change_proposals.decided_by_key is
  'The name of the secret key that rejected it; a key approves nothing.';
comment on column public.ai_change_proposals.decided_at is
  'When it was approved or rejected; null: neither.';
comment on column public.ai_change_proposals.decision_reason is
  'Why it was rejected, in the words of who did; null where none were given.';
comment on column public.ai_change_proposals.applied_at is
  'When the change was made; null: it was not.';
comment on column public.ai_change_proposals.applied_in is
  'The transaction that applied it, as model_switches.transaction_id.';
comment on column public.ai_change_proposals.is_applying is
  'True only inside the transaction that applies it, while its function runs: this lets the change pass.';
comment on column public.ai_change_proposals.problem is
  'Why it was returned; null otherwise.';

create unique index ai_change_proposals_applying_key on public.ai_change_proposals (is_applying)
  where is_applying;
create index ai_change_proposals_waiting_idx on public.ai_change_proposals (id)
  where status in ('open', 'approved');

revoke all on public.ai_change_proposals from public, anon, authenticated, service_role;
revoke all on sequence public.ai_change_proposals_id_seq
  from public, anon, authenticated, service_role;
alter table public.ai_change_proposals enable row level security;
create policy ai_change_proposals_select_platform on public.ai_change_proposals
  for select to authenticated
  using ((select switchboard.is_platform_user()));
comment on policy ai_change_proposals_select_platform on public.ai_change_proposals is
  'Platform admins read the proposals.';
grant select (
  id, created_at, status, change, function_name, arguments, decided_on, registry_version, probe_id,
  reason, proposed_by, proposed_by_key, database_role, effective_at, expires_at, decided_by,
  decided_by_key, decided_at, decision_reason, applied_at, applied_in, is_applying, problem
) on public.ai_change_proposals to authenticated;
grant select on public.ai_change_proposals to service_role;
