#!/usr/bin/env bash
# For each function, with its own deno.json, as it is deployed: whether its lock file holds all of
# its packages, and its types. The arguments are the command that runs Deno.
set -euo pipefail

for config in supabase/functions/*/deno.json; do
  entry=$(dirname "$config")/index.ts
  "$@" cache --quiet --frozen --config "$config" "$entry"
  # Deno 2.1.4 adds types of Node to what it checks, which are no part of the function.
  "$@" check --no-lock --config "$config" "$entry"
done
