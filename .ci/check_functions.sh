#!/usr/bin/env bash
# Type-checks each function with its own deno.json, as it is deployed. The arguments are the
# command that runs Deno.
set -euo pipefail

for config in supabase/functions/*/deno.json; do
  "$@" check --config "$config" "$(dirname "$config")/index.ts"
done
