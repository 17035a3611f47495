create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references public.profiles (id) on delete cascade,
  topic text
);
create table public.messages (
  id bigserial primary key,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  body text not null,
  sent_at timestamptz not null default now()
);
create index messages_conversation_id_idx on public.messages (conversation_id, sent_at desc);
alter table public.conversations enable row level security;
alter table public.messages enable row level security;
create policy conversations_own on public.conversations for all to authenticated
  using (owner_id = (select auth.uid()));
create policy messages_own on public.messages for select to authenticated
  using (exists (
    select from public.conversations as c
    where c.id = conversation_id and c.owner_id = (select auth.uid())));
grant select, insert on public.conversations to authenticated;
grant select (id, body), insert (conversation_id, body) on public.messages to authenticated;
comment on column public.messages.body is 'What was said.';

create view public.latest_messages with (security_invoker = true) as
  select distinct on (conversation_id) * from public.messages order by conversation_id, sent_at desc;
create materialized view private.message_counts as
  select conversation_id, count(*) as messages from public.messages group by conversation_id;
