#!/usr/bin/env bash
# Installs what the checks need and the machine lacks. The server, plpgsql_check and pgTAP come from
# Debian: the checks want another PostgreSQL than the embedded one, and the oldest in use.
set -euo pipefail

packages=(postgresql-15 postgresql-15-plpgsql-check postgresql-15-pgtap postgresql-client-15
  libtap-parser-sourcehandler-pgtap-perl shellcheck jq curl
  chromium-headless-shell)
missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "Install these as root, or run this with sudo at hand: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }
apt update -qq
if ! apt install -y -qq --no-install-recommends "${missing[@]}"; then
  echo "apt-get could not install ${missing[*]}: the checks need Debian 12 or its like." >&2
  exit 1
fi
