-- What the AWS account says of data retention, as it was last read. AWS lets an account refuse every
-- model that requires retention; the registry's own rule holds whatever it says.

create table switchboard.account_data_retention (
  region text not null
    constraint account_data_retention_pkey primary key
    constraint account_data_retention_region_length check (char_length(region) between 1 and 50),
  mode text
    constraint account_data_retention_mode_length check (char_length(mode) between 1 and 100),
  read_at timestamptz not null default now()
);
comment on table switchboard.account_data_retention is
  'The data retention mode of the AWS account for Amazon Bedrock, per region.';
comment on column switchboard.account_data_retention.region is 'The region that was asked.';
comment on column switchboard.account_data_retention.mode is
  'In AWS''s words, such as `none`, `default`, `inherit` or `provider_data_share`; null where AWS did not tell it.';
comment on column switchboard.account_data_retention.read_at is 'When it was asked last.';

revoke all on switchboard.account_data_retention from public, anon, authenticated, service_role;

create function public.record_data_retention(p_region text, p_mode text default null)
returns void
language sql
security definer
set search_path = ''
as $$
  insert into switchboard.account_data_retention as r (region, mode)
  values (p_region, p_mode)
  on conflict (region) do update set mode = excluded.mode, read_at = now();
$$;
comment on function public.record_data_retention(text, text) is
  'Notes the data retention mode of the AWS account in a region; null: AWS did not tell it. Definer, as it is the only way to the table.';
revoke execute on function public.record_data_retention(text, text)
  from public, anon, authenticated;
grant execute on function public.record_data_retention(text, text) to service_role;
