-- What guards of the registry's rows ask: going back to what a row was needs no proof and no other
-- person's consent, whatever surface it comes from.

create function switchboard.was_so_before(of_table text, of_row_id text, wanted jsonb)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (
    select from public.model_switches as ms
    where ms.table_name = of_table and not ms.is_seeded
      and ms.row_before ->> 'id' = of_row_id
      and ms.row_before @> wanted
      -- Of arrays and objects, to contain is not to be the same.
      and not exists (
        select from jsonb_each(wanted) as w
        where ms.row_before -> w.key is distinct from w.value));
end;
$$;
comment on function switchboard.was_so_before(text, text, jsonb) is
  'Whether the audit log shows a row of an audited table with these values, by column, all at one time before. Definer, so that a guard sees the log under every role.';
revoke execute on function switchboard.was_so_before(text, text, jsonb)
  from public, anon, authenticated, service_role;
