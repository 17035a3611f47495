#!/usr/bin/env bash
# A PostgreSQL 15 server of the checks' own, on a free port of 127.0.0.1, in a folder that goes
# with it. To be sourced.
#
# The database looks like a hosted project's before its first migration. It is called `postgres`,
# because the settings of local/database/hosted_project.sql are for that name. A second one like
# it, `occupied`, is for the check with an app that was there first.

cluster_dir=
export DATABASE_URL=postgresql://not-started@127.0.0.1:1/postgres ADMIN_DATABASE_URL=
export OCCUPIED_DATABASE_URL=$DATABASE_URL OCCUPIED_ADMIN_DATABASE_URL=

postgres_bin=/usr/lib/postgresql/15/bin

# PostgreSQL does not run as root.
as_server() {
  if [[ $EUID -eq 0 ]]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

start_cluster() { # folder
  local port server
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close() })') || return
  cluster_dir=$1/postgres
  mkdir "$cluster_dir" || return
  if [[ $EUID -eq 0 ]]; then chown postgres "$cluster_dir" || return; fi
  as_server "$postgres_bin/initdb" --pgdata "$cluster_dir/data" --username supabase_admin \
    --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync || return
  as_server "$postgres_bin/pg_ctl" start --wait --pgdata "$cluster_dir/data" \
    --log "$cluster_dir/log" \
    --options "-p $port -h 127.0.0.1 -c unix_socket_directories='' -c fsync=off" ||
    { cat "$cluster_dir/log"; return 1; }
  server=127.0.0.1:$port
  ADMIN_DATABASE_URL="postgresql://supabase_admin@$server/postgres?sslmode=disable"
  DATABASE_URL="postgresql://postgres:postgres@$server/postgres?sslmode=disable"
  OCCUPIED_ADMIN_DATABASE_URL="postgresql://supabase_admin@$server/occupied?sslmode=disable"
  OCCUPIED_DATABASE_URL="postgresql://postgres:postgres@$server/occupied?sslmode=disable"
  # On a hosted project `postgres` may create plpgsql_check, here only a superuser.
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$ADMIN_DATABASE_URL" \
    --file local/database/hosted_project.sql \
    --file tests/support/hosted_bootstrap.sql \
    --file local/database/auth_schema.sql \
    --command 'create extension plpgsql_check with schema extensions' || return
  # A copy has the objects but not the settings.
  # shellcheck disable=SC2016 # PostgreSQL knows $user
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 \
    "postgresql://supabase_admin@$server/template1?sslmode=disable" \
    --command 'create database occupied template postgres owner postgres' \
    --command 'alter database occupied set search_path = "$user", public, extensions' \
    --command "alter database occupied set pgrst.db_schemas = 'public'"
}

stop_cluster() {
  [[ -n $cluster_dir && -f $cluster_dir/data/postmaster.pid ]] || return 0
  as_server "$postgres_bin/pg_ctl" stop --wait --mode fast --pgdata "$cluster_dir/data" >/dev/null
}
