#!/usr/bin/env bash
# Pushes migrations and seed with the Supabase CLI, twice: the second time there is nothing to do.
set -euo pipefail

# shellcheck disable=SC2086 # the command is several words
supabase() { $SUPABASE "$@" --remote "$DATABASE_URL"; }

supabase db push --include-seed --yes
second=$(supabase db push --include-seed --yes 2>&1)
if [[ $second != *'up to date'* ]]; then
  echo "The second push was to find the database up to date, but said:" >&2
  echo "$second" >&2
  exit 1
fi

# The quickest command that reads config.toml; a key that the CLI does not know only warns.
listed=$(supabase migration list 2>&1)
if [[ $listed == *'does not recognize'* ]]; then
  echo "$listed" >&2
  exit 1
fi
