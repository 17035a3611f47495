-- What the generator remembers while it runs, and for the removal of its history. It is a
-- schema of its own, which no API shows, and only the embedded stack ever has it.

create schema local_history;

create table local_history.run (
  messages integer not null,
  days integer not null,
  seed integer not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  first_version bigint not null,
  is_complete boolean not null default false
);

-- A day's turns have the numbers after first_turn; every chance is drawn from a turn's number.
create table local_history.days (
  day date primary key,
  turns integer not null,
  first_turn bigint not null,
  progress double precision not null,
  is_written boolean not null default false
);

create table local_history.users (
  id uuid primary key,
  assistant_type text not null,
  place integer not null,
  unique (assistant_type, place)
);

create table local_history.assistants (
  assistant_type text primary key,
  id uuid not null,
  users integer not null,
  rhythm text not null,
  max_tokens integer not null,
  system_tokens integer not null,
  question_tokens double precision not null,
  answer_tokens double precision not null,
  questions integer not null,
  follow_ups integer not null,
  answers integer not null
);

-- Shares are cumulative, so that a number from 0 to 1 falls into exactly one row.
create table local_history.assistant_shares (
  is_weekend boolean not null,
  assistant_type text not null,
  from_share double precision not null,
  to_share double precision not null
);

create table local_history.hours (
  rhythm text not null,
  hour integer not null,
  from_share double precision not null,
  to_share double precision not null
);

create table local_history.models (
  model_id text primary key,
  caches boolean not null,
  first_token_ms double precision not null,
  tokens_per_second double precision not null
);

-- Which model new conversations of an assistant get, and why; of `default`, what was the default.
create table local_history.choices (
  assistant_type text not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  model_id text not null,
  reason text not null
);

create table local_history.incidents (
  model_id text not null,
  from_at timestamptz not null,
  to_at timestamptz not null
);

create table local_history.phrases (
  assistant_type text not null,
  kind text not null,
  place integer not null,
  text text not null,
  primary key (assistant_type, kind, place)
);

-- What happened to the registry, and which entries of the audit log tell it already.
create table local_history.changes (
  place integer primary key,
  moment timestamptz not null,
  source text not null,
  probe text,
  actor_user_id uuid,
  undoes integer,
  table_name text not null,
  patches jsonb not null
);

create table local_history.switches (
  place integer primary key references local_history.changes (place),
  moment timestamptz not null,
  version_before bigint not null,
  first_switch_id bigint not null,
  transaction_id bigint not null
);

create table local_history.price_periods (
  price_id bigint primary key
);

create table local_history.conversations (
  id uuid primary key,
  user_id uuid not null,
  assistant_type text not null,
  model_id text,
  turns integer not null,
  last_at timestamptz not null
);
create index conversations_last_at_idx on local_history.conversations (last_at);

-- Chance by hashing: the same turn draws the same number, in whatever order a plan visits it.
create function local_history.chance(turn bigint, draw bigint)
returns double precision
language sql
immutable
as $$
  select ((hashint8extended(turn, draw) & 9007199254740991)::double precision + 0.5)
    / 9007199254740992::double precision;
$$;

create function local_history.lognormal(
  median double precision, spread double precision, turn bigint, draw bigint
)
returns double precision
language sql
immutable
as $$
  select median * exp(spread * sqrt(-2 * ln(local_history.chance(turn, draw)))
    * cos(2 * pi() * local_history.chance(turn, draw + 500)));
$$;

create function local_history.id_of(kind text, seed bigint, number bigint)
returns uuid
language sql
immutable
as $$
  -- In the form of version 4, as every id here has it.
  select overlay(overlay(md5(kind || seed || ':' || number) placing '4' from 13)
    placing '8' from 17)::uuid;
$$;
