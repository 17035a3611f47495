#!/usr/bin/env bash
# Runs shellcheck on every shell script of the project.
set -euo pipefail

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. "${scripts[@]}"
