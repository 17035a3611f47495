#!/usr/bin/env bash
# Compares the committed types of the database with those that the Supabase CLI generates from it;
# with --write it replaces them.
set -euo pipefail

committed=supabase/functions/_shared/database.types.ts
generated=$(mktemp --suffix .ts)
trap 'rm -f "$generated"' EXIT

# shellcheck disable=SC2086 # the commands are several words
{
  $SUPABASE gen types typescript --remote "$DATABASE_URL" --schema public >"$generated"
  $DENO fmt --quiet --config deno.json "$generated"
}
if [[ ${1:-} == --write ]]; then
  cp "$generated" "$committed"
elif ! diff -u "$committed" "$generated"; then
  echo "$committed is not what the migrations make: run .ci/update_types.sh" >&2
  exit 1
fi
