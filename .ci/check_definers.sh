#!/usr/bin/env bash
# Lists the functions that run with their owner's rights and that a user of the API may call; the
# CLI's advisors do not look for them. A second person's consent is by their own token, which the
# two functions for it read themselves.
set -euo pipefail

found=$(psql --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 "$DATABASE_URL" <<'SQL'
select format('%s may be executed by %s', p.oid::regprocedure, role)
from pg_proc as p
cross join unnest(array['anon', 'authenticated']) as role
where p.prosecdef
  and p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
  and has_function_privilege(role, p.oid, 'execute')
  and not (role = 'authenticated' and p.oid in (
    'public.approve_change(bigint, text)'::regprocedure,
    'public.sign_switch(bigint, text)'::regprocedure));
SQL
)
if [[ -n $found ]]; then
  echo "$found" >&2
  exit 1
fi
