#!/usr/bin/env bash
# Regenerates the types of the database, after a change of the migrations. Needs what .ci/run
# installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DO_NOT_TRACK=1 NO_COLOR=1
export DENO="npx -y deno@2.9.6" SUPABASE="npx -y supabase@3.1.0"
work=$(mktemp -d)
chmod 755 "$work"
# shellcheck source=.ci/cluster.sh
source .ci/cluster.sh
trap 'stop_cluster; rm -rf "$work"' EXIT

start_cluster "$work" >/dev/null
bash .ci/check_migrations.sh
bash .ci/check_types.sh --write
