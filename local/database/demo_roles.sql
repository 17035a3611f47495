-- What each demo user is; the patient has no row. Only for users that were just made or never had
-- a role, so that a role changed by hand stays.

insert into public.user_roles (user_id, assistant_type)
select users.id, demo.assistant_type
from (
  values
    ('00000000-0000-4000-8000-000000000002'::uuid, 'clinical'),
    ('00000000-0000-4000-8000-000000000003'::uuid, 'operations'),
    ('00000000-0000-4000-8000-000000000004'::uuid, 'platform')
) as demo (id, assistant_type)
join auth.users as users on users.id = demo.id
on conflict do nothing;
