#!/usr/bin/env bash
#
# Shows and switches the Bedrock models of a Supabase project, over its function
# manage-bedrock-models. Needs bash 3.2 or later, curl and jq 1.5 or later. One file, so that it can
# be copied to where an operator works.
#
# Exit status: 0 done; 1 refused, failed, or `validate` found the model not valid; 2 wrong usage.

# shellcheck disable=SC2016 # a $ in single quotes is jq's

set -euo pipefail

readonly connect_timeout_seconds=5
readonly answer_timeout_seconds=60

usage() {
  local name=${0##*/}
  printf '%s\n' \
    "Usage: $name list | default [--json]" \
    "       $name <model-id> switch | enable | disable [--now] | validate [--json]" \
    '' \
    'Commands:' \
    '  list                   every model, with price and state' \
    '  default                the default model, and which assistants follow it' \
    '  <model-id> switch      make an available model the default' \
    '  <model-id> enable      let new conversations use the model' \
    '  <model-id> disable     keep new conversations from it; those that began on it keep it' \
    '  <model-id> validate    check whether the model could be switched to; changes nothing' \
    '' \
    'Options:' \
    '  --now                  with disable: take it from the conversations that began on it too' \
    '  --json                 print the answer of the API as it is' \
    '  -h, --help             print this' \
    '' \
    'Environment:' \
    "  SUPABASE_SERVICE_KEY   the project's secret key; required" \
    "  SUPABASE_URL           the project's URL; default http://127.0.0.1:54321"
}

# Prints one line on stderr and exits.
fail() { # message [exit status]
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}

# --- Arguments --------------------------------------------------------------------------------

model_id='' action='' json=false now=false
words=0
for argument in "$@"; do
  case $argument in
    -h | --help)
      usage
      exit 0
      ;;
    --json) json=true ;;
    --now) now=true ;;
    -*) fail "unknown option $argument; see --help" 2 ;;
    *)
      words=$((words + 1))
      case $words in
        1) model_id=$argument ;;
        2) action=$argument ;;
        *) fail "one argument too many: $argument; see --help" 2 ;;
      esac
      ;;
  esac
done

if [ "$words" -eq 0 ]; then
  usage >&2
  exit 2
fi
case $model_id in
  list | default)
    [ "$words" -eq 1 ] || fail "$model_id takes no argument; see --help" 2
    action=$model_id
    model_id=''
    ;;
  '') fail 'the model id is empty' 2 ;;
  *)
    case $action in
      switch | enable | disable | validate) ;;
      '') fail "what to do with $model_id: switch, enable, disable or validate?" 2 ;;
      *) fail "unknown action $action; there are switch, enable, disable and validate" 2 ;;
    esac
    ;;
esac
case $action in
  default) api_action=get-default ;;
  switch) api_action=set-default ;;
  *) api_action=$action ;;
esac
if $now && [ "$action" != disable ]; then
  fail '--now goes with disable only' 2
fi

# --- Environment ------------------------------------------------------------------------------

if [ -z "${SUPABASE_SERVICE_KEY:-}" ]; then
  fail "SUPABASE_SERVICE_KEY is not set; export the project's secret key"
fi
case $SUPABASE_SERVICE_KEY in
  *[!A-Za-z0-9._~+/=-]*)
    fail 'SUPABASE_SERVICE_KEY holds a character that no key has; was it copied whole, and alone?'
    ;;
esac
service_key=$SUPABASE_SERVICE_KEY
unset SUPABASE_SERVICE_KEY # curl and jq get no environment with the key in it

supabase_url=${SUPABASE_URL:-http://127.0.0.1:54321}
supabase_url=${supabase_url%/}
case $supabase_url in
  *[[:space:][:cntrl:]\"\\]*) fail 'SUPABASE_URL holds a character that no URL has' ;;
  http://?* | https://?*) ;;
  *) fail "SUPABASE_URL must begin with http:// or https://, but it is $supabase_url" ;;
esac

for program in curl jq; do
  command -v "$program" >/dev/null || fail "$program is needed and not installed"
done

# --- Asking the API ---------------------------------------------------------------------------

# What curl reads from its standard input, so that the key is in no process list. Quoting is safe:
# neither the key nor the URL holds a quote or a backslash.
curl_config() {
  printf 'url = "%s/functions/v1/manage-bedrock-models"\n' "$supabase_url"
  printf 'header = "%s"\n' \
    "Authorization: Bearer $service_key" \
    "apikey: $service_key" \
    'Content-Type: application/json' \
    'x-switchboard-source: cli'
  case $supabase_url in
    # A proxy for the world outside cannot reach this machine's own ports.
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]*)
      printf 'noproxy = "*"\n'
      ;;
  esac
}

# A change that was asked for may have been made although no answer came.
unless_made() {
  case $action in
    switch) printf '; whether it was switched, "default" shows' ;;
    enable | disable) printf '; whether it was done, "list" shows' ;;
  esac
}

request=$(jq -cn --arg action "$api_action" --arg model_id "$model_id" --argjson now "$now" '
  {action: $action}
  + (if $model_id == "" then {} else {model_id: $model_id} end)
  + (if $now then {now: true} else {} end)')

curl_status=0
# -q: a .curlrc with `verbose` would print the key.
response=$(
  curl_config | curl -q --config - --silent --globoff \
    --connect-timeout "$connect_timeout_seconds" --max-time "$answer_timeout_seconds" \
    --data-binary "$request" --write-out '\n%{http_code} %{errormsg}'
) || curl_status=$?
outcome=${response##*$'\n'} # the line that --write-out added
body=${response%$'\n'*}
http_status=${outcome%% *}

case $curl_status in
  0) ;;
  6) fail "the host of $supabase_url is not known; check SUPABASE_URL" ;;
  7) fail "nothing answers at $supabase_url; check SUPABASE_URL, or start the stack" ;;
  28) fail "$supabase_url did not answer in time$(unless_made)" ;;
  52 | 55 | 56) fail "the connection to $supabase_url broke before the answer came$(unless_made)" ;;
  *) fail "$supabase_url cannot be asked: ${outcome#* } (curl exit status $curl_status)" ;;
esac

readonly jq_library='
  # What comes from outside stays on one line and sends the terminal no control sequence.
  def clean: walk(if type == "string" then gsub("[[:cntrl:]]+"; " ") else . end);
  def pad($width): . + ((" " * ($width - length)) // "");

  # 3 is $3, 4.2 is $4.20, 0.078 is $0.078.
  def usd:
    if . == null then "unknown"
    else
      (tonumber * 1000000 | round) as $micros
      | ($micros % 1000000 + 1000000 | tostring | .[1:] | sub("0+$"; "")) as $decimals
      | "$\($micros / 1000000 | floor)"
        + (if $decimals == "" then "" else "." + $decimals end)
        + (if ($decimals | length) == 1 then "0" else "" end)
    end;
  def price:
    if .input_cost_per_mtok == null and .output_cost_per_mtok == null then "unknown"
    else "\(.input_cost_per_mtok | usd)/\(.output_cost_per_mtok | usd)" end;

  def state:
    if .is_default then "default"
    elif .is_available then "available"
    elif .serves_pinned == false then "stopped"
    else "disabled" end;
  def lifecycle_and_end:
    if .lifecycle != "active" and .retires_on != null then "\(.lifecycle) \(.retires_on)"
    else .lifecycle end;
  def legacy_note:
    if .lifecycle == "active" then empty
    else
      "\(.model_id): \(.lifecycle), "
      + (if .retires_on == null then "no end date known" else "end \(.retires_on)" end)
      + (if .successor_model_id == null then ", no successor known"
        else ", successor \(.successor_model_id)" end)
    end;

  def model_lines:
    "  Model id: \(.model_id)",
    "  Cost: \(price)" + (if price == "unknown" then "" else " per million input/output tokens" end),
    "  Format: \(.format)";
  def inactive: if .is_active == false then " (not active)" else "" end;
  def assistant_lines:
    (.assistants | map(select(.follows_default)) | map(.assistant_type + inactive)) as $following
    | (.assistants | map(select(.follows_default | not))) as $own
    | "Follow the default: \($following | join(", ") | if . == "" then "none" else . end)",
      "Keep a model of their own:" + (if $own == [] then " none" else "" end),
      ($own[] | "  \(.assistant_type): \(.model_version)" + inactive);
'

# Runs a jq program over the answer.
show() { # jq program [jq options …]
  local program=$1
  shift
  local status=0
  jq -r "$@" "$jq_library clean | $program" <<<"$body" 2>/dev/null || status=$?
  case $status in
    0) ;;
    5) fail "the answer of $supabase_url lacks what belongs in it; is an older version deployed there?" ;;
    *) exit 1 ;;
  esac
}

# What kind of answer this is: the API's own, some other JSON object, or neither.
kind=$(jq -rs '
  if length != 1 or (.[0] | type) != "object" then "other"
  elif .[0].success == true then "success"
  elif .[0].success == false and (.[0].error | type) == "object" then "error"
  else "object" end' <<<"$body" 2>/dev/null) || kind=other

if $json && [ "$kind" != other ]; then
  printf '%s\n' "$body"
fi
case $kind in
  success) ;;
  error) fail "$(show '.error | "\(.message)\(if .hint then " \(.hint)" else "" end) (\(.code))"')" ;;
  object) # The gateway answered, not the function.
    fail "$(show '
      "\($url) answered HTTP \($status): \(.message // .msg // .error // tojson)"
      + "; is the function manage-bedrock-models deployed there?"' \
      --arg url "$supabase_url" --arg status "$http_status")"
    ;;
  *) fail "$supabase_url answered HTTP $http_status, and not with JSON; is it a Supabase project's URL?" ;;
esac

# --- Showing the answer -----------------------------------------------------------------------

show_list() {
  show '
    41 as $widest_id # longer ids get a line of their own, since a cut one is of no use
    | [["MODEL ID", "NAME", "FORMAT", "COST IN/OUT", "STATE", "LIFECYCLE"]]
      + [
        .models[]
        | [.model_id, .model_name, .format, price, state, lifecycle_and_end]
        | if (.[1] | length) > 20 then .[1] |= .[:19] + "…" else . end
        | if (.[0] | length) > $widest_id then [.[0]], [""] + .[1:] else . end
      ]
    | (map(select(length > 1)) | transpose | map(map(length) | max)) as $widths
    | .[]
    | if length == 1 then .[0]
      else
        [., $widths] | transpose | map(. as [$text, $width] | $text | pad($width))
        | join("  ") | sub(" +$"; "")
      end'
  show '
    "",
    (.models[] | select(.use_case != null) | "For the use case \(.use_case): \(.model_id)"),
    (.models[] | legacy_note),
    (if any(.models[]; state == "stopped")
      then "stopped is disabled, also for the conversations that began on it" else empty end),
    "\(.count) models, registry version \(.registry_version); cost is USD per million tokens"'
}

show_default() {
  show '
    if .default_model == null then "There is no default model"
    else
      (.default_model | "Default: \(.model_name)", model_lines, (legacy_note | "  Note: \(.)"))
    end,
    assistant_lines,
    "Registry version: \(.registry_version)"'
}

show_switch() {
  show '
    if .former_model_id == .model.model_id then "\(.model.model_name) was the default already"
    else "Switched to \(.model.model_name)" end,
    (.model | model_lines),
    assistant_lines,
    (if .former_model_id == .model.model_id then empty
      else "Default before: \(.former_model_id // "none")" end),
    "Registry version: \(.registry_version)"'
}

show_validate() {
  show '
    "\(.model.model_name) (\(.model.model_id)) is \(if .valid then "valid" else "NOT valid" end)",
    (.checks[] | "  \(if .ok then "ok    " else "FAILED" end)  \(.name): \(.message)")'
}

if ! $json; then
  case $action in
    list) show_list ;;
    default) show_default ;;
    switch) show_switch ;;
    enable | disable) show '"\(.message)", "Registry version: \(.registry_version)"' ;;
    validate) show_validate ;;
  esac
  show '.warnings[]? | "Warning: \(.)"' >&2
fi

if [ "$action" = validate ] && [ "$(show .valid)" != true ]; then
  exit 1
fi
