-- Mostly nothing has changed since a switch was decided on. Then there is nothing to look for in the
-- audit log, which is long where models are many.

create or replace function private.require_unchanged_since(
  expected_version bigint,
  changed_model_id text,
  changed_assistant_type text default null
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Without the default flag: a model is as good a choice when others have been the default in
  -- between, and operators who switch at once are ordered, not refused.
  ignored constant text[] := array['is_default', 'updated_at'];
  present_version constant bigint := (select rv.version from public.registry_version as rv);
  change public.model_switches;
begin
  if expected_version is null or expected_version >= present_version then
    return;
  end if;
  select * into change
  from public.model_switches as ms
  where ms.registry_version > expected_version
    and ms.row_before - ignored is distinct from ms.row_after - ignored
    and case
      when ms.action = 'update-settings' then true
      when ms.assistant_type is null then ms.model_id = changed_model_id
      else ms.assistant_type = changed_assistant_type
    end
  order by ms.id desc
  limit 1;
  if found then
    raise exception using
      errcode = 'PT409',
      message = format('%s changed since version %s of the registry, on which the switch was decided; it is %s now.',
        case when change.action = 'update-settings' then 'The registry''s settings'
          else coalesce('The assistant ' || change.assistant_type, change.model_id) end,
        expected_version, present_version),
      detail = 'registry_changed',
      hint = 'Look at what changed, and switch again if it is still right.';
  end if;
end;
$$;
