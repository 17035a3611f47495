#!/usr/bin/env bash
# Runs the pgTAP tests of supabase/tests on a database with the migrations, as `supabase test db`
# does, and checks that a push did not carry them, and that they leave nothing behind.
set -euo pipefail

count_rows() {
  psql --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 "$DATABASE_URL" <<'SQL'
select
  (select version from public.registry_version), (select count(*) from public.bedrock_models),
  (select count(*) from public.ai_assistants), (select count(*) from public.model_switches),
  (select count(*) from auth.users), (select count(*) from public.ai_usage),
  (select count(*) from pg_extension where extname = 'pgtap');
SQL
}

# pg_prove takes no URL.
[[ $DATABASE_URL =~ ^postgresql://([^:]+):([^@]+)@([^:]+):([0-9]+)/([^?]+) ]]
before=$(count_rows)
if [[ $before != *'|0' ]]; then
  echo 'The database has pgTAP already; a push was not to bring it.' >&2
  exit 1
fi
PGPASSWORD=${BASH_REMATCH[2]} pg_prove --username "${BASH_REMATCH[1]}" \
  --host "${BASH_REMATCH[3]}" --port "${BASH_REMATCH[4]}" --dbname "${BASH_REMATCH[5]}" \
  --ext .sql --recurse supabase/tests
after=$(count_rows)
if [[ $before != "$after" ]]; then
  echo "The tests left something behind: $before became $after." >&2
  exit 1
fi
