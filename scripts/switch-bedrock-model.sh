#!/usr/bin/env bash
#
# Shows and switches the Bedrock models of a Supabase project, over its function
# manage-bedrock-models. Needs bash 3.2 or later, curl and jq 1.5 or later. One file, so that it can
# be copied to where an operator works.
#
# Exit status: 0 done; 1 refused, failed, or `validate` or `verify` found something wrong; 2 wrong
# usage.

# shellcheck disable=SC2016 # a $ in single quotes is jq's

set -euo pipefail

readonly connect_timeout_seconds=5
readonly answer_timeout_seconds=75 # longer than a report may take, which then says so itself

usage() {
  local name=${0##*/}
  printf '%s\n' \
    "Usage: $name list | default | assistants | history | rollback | verify | sync" \
    "       $name usage | costs | performance | effects" \
    "       $name <model-id> switch | enable | disable | validate | register | what-if" \
    "       $name <model-id> assign <assistant>" \
    "       $name unassign <assistant>" \
    "       $name settings [set <name> <value>]" \
    '' \
    'Show:' \
    '  list                   every model, with price and state' \
    '  default                the default model, and which assistants follow it' \
    '  assistants             every assistant, with its model, fallbacks and on_disconnect' \
    '  <model-id> validate    check whether a switch to the model would succeed; changes nothing' \
    '    --probe              also call the model, which costs some tokens' \
    '' \
    'Switch:' \
    '  <model-id> switch      make an available model the default, if a call of it succeeds' \
    '  <model-id> assign      give an assistant a model of its own, if a call of it succeeds' \
    '    --no-probe           skip the call of the model' \
    '    --force              even if its price is unknown' \
    '  unassign <assistant>   make an assistant follow the default again' \
    '  <model-id> enable      allow new conversations on the model' \
    '  <model-id> disable     refuse new conversations on it; existing ones keep it' \
    '    --now                end its use in existing ones too' \
    '' \
    'Settings, for every model and user:' \
    '  settings               show them' \
    '  settings set allowed_geographies <geography>,…   where calls may be processed' \
    '  settings set require_mfa true|false              second factor for changes' \
    '  settings set allow_anonymous_users true|false    whether anonymous users may chat' \
    '  settings set on_role_change refuse|move          conversations after a change of role' \
    '' \
    'History and rollback:' \
    '  history                every change with its actor and source, newest first' \
    '    --limit N            maximum number of entries, 1 to 200; default 20' \
    '    --before ID          only entries before this one' \
    '  rollback               restore the state before the last switch' \
    '    --to ID              restore the state before this switch of the history' \
    '  verify                 check that the history has not been tampered with' \
    '' \
    'Usage, cost and latency:' \
    '  usage                  turns and tokens of each model and assistant' \
    '  costs                  cost of each, and the month with its projection' \
    '  performance            latency and errors of each model' \
    '  effects                turns before and after each switch' \
    '    --window N           hours to compare before and after, 1 to 168; default 24' \
    '  <model-id> what-if     cost of the same turns on this model' \
    '    --days N             all of these: the last N days, 1 to 400; default 30, by hour 7' \
    '    --from T, --to T     from a day or time, and up to one; default now' \
    '    --by UNIT            usage, costs, performance: by hour (7 days at most), day, month or total' \
    '    --csv                these three: comma-separated values, for a spreadsheet' \
    '' \
    'Follow AWS:' \
    '  sync                   compare the registry with the AWS catalog; changes nothing' \
    '    --apply              register new models as disabled, and update lifecycles and regions' \
    '  <model-id> register    register one model of the AWS catalog, as disabled' \
    '' \
    'Options:' \
    '  --json                 print the answer of the API unchanged' \
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

json=false options=' ' words=0 first='' second='' third='' fourth=''
limit='' before='' from='' to='' days='' unit='' window='' awaited=''
for argument in "$@"; do
  if [ -n "$awaited" ]; then
    case $awaited in
      --limit) limit=$argument ;;
      --before) before=$argument ;;
      --from) from=$argument ;;
      --to) to=$argument ;;
      --days) days=$argument ;;
      --by) unit=$argument ;;
      --window) window=$argument ;;
    esac
    awaited=''
    continue
  fi
  case $argument in
    -h | --help)
      usage
      exit 0
      ;;
    --json) json=true ;;
    --limit | --before | --from | --to | --days | --by | --window)
      awaited=$argument
      options="$options$argument "
      ;;
    --now | --probe | --no-probe | --force | --apply | --csv)
      options="$options$argument "
      ;;
    -*) fail "unknown option $argument; see --help" 2 ;;
    *)
      words=$((words + 1))
      case $words in
        1) first=$argument ;;
        2) second=$argument ;;
        3) third=$argument ;;
        4) fourth=$argument ;;
        *) fail "unexpected argument: $argument; see --help" 2 ;;
      esac
      ;;
  esac
done

if [ "$words" -eq 0 ]; then
  usage >&2
  exit 2
fi

if [ "$words" -eq 4 ] && [ "$first" != settings ]; then
  fail "unexpected argument: $fourth; see --help" 2
fi

check_setting() { # name value
  case $1=$2 in
    require_mfa=true | require_mfa=false) ;;
    allow_anonymous_users=true | allow_anonymous_users=false) ;;
    on_role_change=refuse | on_role_change=move) ;;
    allowed_geographies=?*) ;; # the API knows them
    require_mfa=* | allow_anonymous_users=*) fail "$1 must be true or false, not ${2:-empty}" 2 ;;
    on_role_change=*) fail "on_role_change must be refuse or move, not ${2:-empty}" 2 ;;
    allowed_geographies=*) fail 'allowed_geographies needs geographies, such as eu,uk' 2 ;;
    *)
      fail "unknown setting $1; one of allowed_geographies, require_mfa, allow_anonymous_users, on_role_change" 2
      ;;
  esac
}

model_id='' assistant='' setting='' value=''
case $first in
  list | default | assistants | history | rollback | verify | sync | usage | costs | performance | \
    effects)
    [ "$words" -eq 1 ] || fail "$first takes no argument; see --help" 2
    action=$first
    ;;
  settings)
    action=settings
    if [ "$words" -gt 1 ]; then
      [ "$second" = set ] || fail "unexpected argument: $second; see --help" 2
      [ "$words" -eq 4 ] || fail 'settings set needs a name and a value; "settings" lists them' 2
      check_setting "$third" "$fourth"
      action='settings set'
      setting=$third
      value=$fourth
    fi
    ;;
  unassign)
    [ "$words" -eq 2 ] || fail 'unassign needs the type of an assistant; "assistants" lists them' 2
    action=unassign
    assistant=$second
    ;;
  '') fail 'the model id is empty' 2 ;;
  *)
    model_id=$first
    action=$second
    actions='switch, assign, enable, disable, validate, register, what-if'
    case $action in
      assign)
        [ "$words" -eq 3 ] ||
          fail "assign needs the type of an assistant; \"assistants\" lists them" 2
        assistant=$third
        ;;
      switch | enable | disable | validate | register | what-if)
        [ "$words" -eq 2 ] || fail "unexpected argument: $third; see --help" 2
        ;;
      '') fail "missing action for $model_id; one of $actions" 2 ;;
      *) fail "unknown action $action; one of $actions" 2 ;;
    esac
    ;;
esac

case $action in
  switch | assign) options_taken=' --no-probe --force ' ;;
  validate) options_taken=' --probe ' ;;
  disable) options_taken=' --now ' ;;
  history) options_taken=' --limit --before ' ;;
  rollback) options_taken=' --to ' ;;
  sync) options_taken=' --apply ' ;;
  usage | costs | performance) options_taken=' --days --from --to --by --csv ' ;;
  effects) options_taken=' --days --from --to --window ' ;;
  what-if) options_taken=' --days --from --to ' ;;
  *) options_taken=' ' ;;
esac
for option in $options; do
  case $options_taken in
    *" $option "*) ;;
    *) fail "$option cannot be used with $action; see --help" 2 ;;
  esac
done

given() { # option
  case $options in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
  esac
}

if $json && given --csv; then
  fail '--json and --csv cannot be combined' 2
fi
if given --days && given --from; then
  fail '--days and --from cannot be combined' 2
fi

check_number() { # option value
  if ! given "$1"; then return; fi
  case $2 in
    '' | 0* | *[!0-9]*) fail "$1 must be a whole number of at least 1, not ${2:-empty}" 2 ;;
  esac
}

# The time that an option names; a day alone is its midnight in UTC.
moment_of() { # option value
  if ! given "$1"; then return; fi
  case $2 in
    [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) printf '%sT00:00:00Z' "$2" ;;
    [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T?*) printf '%s' "$2" ;;
    *)
      fail "$1 must be a day or a time, such as 2026-11-01 or 2026-11-01T12:00:00Z, not ${2:-empty}" 2
      ;;
  esac
}

check_number --limit "$limit"
check_number --before "$before"
check_number --days "$days"
check_number --window "$window"
first_id='' # of the switches that a rollback takes back
if [ "$action" = rollback ]; then
  check_number --to "$to"
  first_id=$to
  to=''
else
  from=$(moment_of --from "$from")
  to=$(moment_of --to "$to")
fi
if given --by; then
  case $unit in
    hour | day | month | total) ;;
    *) fail "--by must be hour, day, month or total, not ${unit:-empty}" 2 ;;
  esac
fi

# --- Environment ------------------------------------------------------------------------------

if [ -z "${SUPABASE_SERVICE_KEY:-}" ]; then
  fail "SUPABASE_SERVICE_KEY is not set; export the project's secret key"
fi
case $SUPABASE_SERVICE_KEY in
  *[!A-Za-z0-9._~+/=-]*)
    fail 'SUPABASE_SERVICE_KEY contains an invalid character; copy the key alone and in full'
    ;;
esac
service_key=$SUPABASE_SERVICE_KEY
unset SUPABASE_SERVICE_KEY # curl and jq get no environment with the key in it

supabase_url=${SUPABASE_URL:-http://127.0.0.1:54321}
supabase_url=${supabase_url%/}
case $supabase_url in
  *[[:space:][:cntrl:]\"\\]*) fail 'SUPABASE_URL contains an invalid character' ;;
  http://?* | https://?*) ;;
  *) fail "SUPABASE_URL must begin with http:// or https://, but it is $supabase_url" ;;
esac

for program in curl jq; do
  command -v "$program" >/dev/null || fail "$program is required but not installed"
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

# A requested change may have been made although no answer arrived.
unless_made() {
  case $action in
    switch) printf '; the switch may have been made: check with "default"' ;;
    enable | disable | register) printf '; the change may have been made: check with "list"' ;;
    assign | unassign) printf '; the change may have been made: check with "assistants"' ;;
    'settings set') printf '; the change may have been made: check with "settings"' ;;
    rollback) printf '; the rollback may have been made: check with "history"' ;;
    sync) if given --apply; then printf '; the changes may have been made: check with "sync"'; fi ;;
  esac
}

build_request() {
  local now=false probe=false no_probe=false force=false apply=false
  if given --now; then now=true; fi
  if given --probe; then probe=true; fi
  if given --no-probe; then no_probe=true; fi
  if given --force; then force=true; fi
  if given --apply; then apply=true; fi
  jq -cn --arg action "$action" --arg model_id "$model_id" --arg assistant "$assistant" \
    --arg limit "$limit" --arg before "$before" --arg first_id "$first_id" \
    --arg from "$from" --arg to "$to" --arg days "$days" --arg unit "$unit" --arg window "$window" \
    --arg setting "$setting" --arg value "$value" --argjson now "$now" --argjson probe "$probe" --argjson no_probe "$no_probe" \
    --argjson force "$force" --argjson apply "$apply" '
    def text($name; $text): if $text == "" then {} else {($name): $text} end;
    def number($name; $text): text($name; $text) | map_values(tonumber);
    {
      action: ({
        default: "get-default", switch: "set-default", assistants: "list-assistants",
        assign: "set-assistant-model", unassign: "set-assistant-model", verify: "verify-history",
        effects: "switch-effect", settings: "get-settings", "settings set": "update-settings"
      }[$action] // $action)
    }
    + text("assistant_type"; $assistant)
    + (if $action == "unassign" then {model_id: null}
      elif $model_id == "" then {}
      else {model_id: $model_id} end)
    + number("limit"; $limit) + number("before"; $before) + number("to"; $first_id)
    + (if $setting == "" then {}
      elif $setting == "allowed_geographies" then {($setting): ($value | split(","))}
      elif $setting == "on_role_change" then {($setting): $value}
      else {($setting): ($value == "true")} end)
    + text("from"; $from) + text("to"; $to) + number("days"; $days)
    + text("bucket"; $unit) + number("window_hours"; $window)
    + (if $now then {now: true} else {} end)
    + (if $probe then {probe: true} elif $no_probe then {probe: false} else {} end)
    + (if $force then {force: true} else {} end)
    + (if $apply then {apply: true} else {} end)'
}
request=$(build_request)

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
  6) fail "cannot resolve the host of $supabase_url; check SUPABASE_URL" ;;
  7) fail "cannot connect to $supabase_url; check SUPABASE_URL, or start the stack" ;;
  28) fail "$supabase_url timed out$(unless_made)" ;;
  52 | 55 | 56) fail "the connection to $supabase_url closed before the answer arrived$(unless_made)" ;;
  *) fail "the request to $supabase_url failed: ${outcome#* } (curl exit status $curl_status)" ;;
esac

readonly jq_library='
  # jq 1.5 has none.
  def walk(f):
    . as $in
    | if type == "object" then
        reduce keys[] as $key ({}; . + {($key): ($in[$key] | walk(f))}) | f
      elif type == "array" then map(walk(f)) | f
      else f end;
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

  def is_outside: .is_available and (.outside // []) != [];
  def state:
    if is_outside then "outside"
    elif .is_default then "default"
    elif .is_available then "available"
    elif .serves_pinned == false then "stopped"
    else "disabled" end;
  # As in the functions, the last day counts as past.
  def dated_end:
    (if .retires_on > (now | strftime("%Y-%m-%d")) then "ends " else "ended " end)
    + .retires_on;
  def lifecycle_and_end:
    if .lifecycle != "active" and .retires_on != null then dated_end else .lifecycle end;
  def legacy_note:
    if .lifecycle == "active" then empty
    else
      "\(.model_id): \(.lifecycle), "
      + (if .retires_on == null then "end date unknown" else dated_end end)
      + (if .successor_model_id == null then ", successor unknown"
        else ", successor \(.successor_model_id)" end)
    end;

  def model_lines:
    "  Model id: \(.model_id)",
    "  Cost: \(price)" + (if price == "unknown" then "" else " per million input/output tokens" end),
    "  Format: \(.format)";
  def moment: .[:19] | sub("T"; " ");
  def probe_line:
    if .passed then
      "passed in \(.latency_ms) ms; \(.input_tokens // "unknown") input"
      + " and \(.output_tokens // "unknown") output tokens"
    else "FAILED (\(.error_code))" end;
  def check_line: "  \(if .ok then "ok    " else "FAILED" end)  \(.name): \(.message)";
  # Columns as wide as their widest cell; a row of one cell is a line of its own.
  def table:
    (map(select(length > 1)) | transpose | map(map(length) | max)) as $widths
    | .[]
    | if length == 1 then .[0]
      else
        [., $widths] | transpose | map(. as [$text, $width] | $text | pad($width))
        | join("  ") | sub(" +$"; "")
      end;

  # A table whose columns after the first few are figures, which stand at the right.
  def figures($labels):
    (map(select(length > 1)) | transpose | map(map(length) | max)) as $widths
    | .[]
    | if length == 1 then .[0]
      else
        [., $widths, [range(length)]] | transpose
        | map(. as [$text, $width, $index]
          | if $index < $labels then $text | pad($width)
            else ((" " * ($width - ($text | length))) // "") + $text end)
        | join("  ") | sub(" +$"; "")
      end;
  # Rows whose first cell is wider get it on a line of its own, since a cut id is of no use.
  def fit($width):
    map(if length > 1 and (.[0] | length) > $width then [.[0]], [""] + .[1:] else . end);
  def short($width): if length > $width then .[:$width - 1] + "…" else . end;

  # 1234567 is 1,234,567.
  def grouped:
    tostring | if test("^[0-9]{4,}$") then (.[:-3] | grouped) + "," + .[-3:] else . end;
  def zeros($count): [range($count) | "0"] | join("");
  # US dollars to the millionth, since a single answer may cost no more.
  def dollars:
    if . == null then "unknown"
    elif . < 0 then "-" + (0 - . | dollars)
    elif . > 0 and . < 0.0000005 then "<0.000001"
    else
      (. * 1000000 | round) as $micros
      | ($micros / 1000000 | floor | grouped) + "."
        + ($micros % 1000000 | tostring | zeros(6 - length) + .)
    end;
  # A sum that leaves out costs that are not known is marked.
  def cost($usd; $unpriced):
    (if $usd != null and $unpriced > 0 then ">" else "" end) + ($usd | dollars);
  def cost: cost(.cost_usd; .unpriced);
  def unpriced_note:
    if . > 0 then
      "The cost of \(grouped) of the calls is unknown; > marks a sum without them"
    else empty end;
  def estimated_note:
    if . > 0 then
      "\(dollars) USD of it rest on estimated tokens: the models did not tell theirs"
    else empty end;
  def ms: if . == null then "-" else round | grouped end;
  def percent: if . == null then "-" else "\(. * 1000 | round / 10)%" end;

  def minute: .[:16] | sub("T"; " ");
  def period: "\(.from | minute) to \(.to | minute) UTC";
  def model_name: .model_id // "(no model asked)";
  # The rows of a report, those of each hour, day or month under its name.
  def by_bucket($bucket; line):
    group_by(.bucket_start)
    | map(
      (if $bucket == "total" then []
      else
        [[.[0].bucket_start
          | if $bucket == "hour" then minute elif $bucket == "day" then .[:10] else .[:7] end]]
      end)
      + map(line))
    | add // [];

  # Comma-separated values as RFC 4180 has them.
  def decimal: # without an exponent, and with every digit
    tostring
    | if test("[eE]") then
        capture("^(?<sign>-?)(?<whole>[0-9]+)[.]?(?<rest>[0-9]*)[eE](?<minus>-?)[+]?0*(?<by>[0-9]+)$")
        | (.by | tonumber) as $by
        | .sign
          + (if .minus == "-" then "0." + zeros($by - 1) + .whole + .rest
            else .whole + .rest + zeros($by - (.rest | length)) end)
      else . end;
  def csv_cell:
    if . == null then ""
    elif type == "number" then decimal
    else
      # A spreadsheet would take it for a formula.
      (if test("^[=+@-]") then "\u0027" + . else . end)
      | if test("[\",]") then "\"" + gsub("\""; "\"\"") + "\"" else . end
    end;
  def csv($columns):
    ($columns, (.[] | [.[$columns[]]])) | map(csv_cell) | join(",") + "\r";

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
    5) fail "unexpected answer from $supabase_url; an older version may be deployed there" ;;
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
      + "; check that the function manage-bedrock-models is deployed there"' \
      --arg url "$supabase_url" --arg status "$http_status")"
    ;;
  *) fail "$supabase_url answered HTTP $http_status with a body that is not JSON; check that it is the URL of a Supabase project" ;;
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
    | table'
  show '
    "",
    (.models[] | select(.use_case != null) | "For the use case \(.use_case): \(.model_id)"),
    (.models[] | legacy_note),
    (.allowed_geographies as $allowed
      | .models[] | select(is_outside)
      | "\(.model_id) is never selected: its calls may be processed in \(.outside | join(", "));"
        + " allowed: \($allowed | join(", "))"),
    (.models[] | select(.last_probe.passed == false)
      | "\(.model_id): last probe, \(.last_probe.created_at | moment),"
        + " \(.last_probe | probe_line)"),
    (if any(.models[]; state == "stopped")
      then "stopped: disabled, also for existing conversations" else empty end),
    "\(.count) models, registry version \(.registry_version); cost is USD per million tokens"'
}

show_default() {
  show '
    if .default_model == null then "There is no default model"
    else
      (.default_model
        | "Default: \(.model_name)", model_lines,
          (if .last_probe then
            "  Last probe: \(.last_probe.created_at | moment), \(.last_probe | probe_line)"
          else empty end),
          (if is_outside then
            "  Note: is never selected: its calls may be processed in \(.outside | join(", "))"
          else empty end),
          (legacy_note | "  Note: \(.)"))
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
    "Probe: \(if .probe then .probe | probe_line else "none was made" end)",
    "Registry version: \(.registry_version)"'
}

show_assignment() {
  show '
    .message,
    (if .model then
      (.model | model_lines),
      "  Probe: \(if .probe then .probe | probe_line else "none was made" end)"
    else empty end),
    "Model before: \(.former_model_id // "none of its own")",
    "Registry version: \(.registry_version)"'
}

show_assistants() {
  show '
    .default_model_id as $default
    | [["ASSISTANT", "NAME", "MODEL", "FALLBACKS", "ON DISCONNECT"]]
      + [
        .assistants[]
        | [
          .assistant_type + inactive,
          .name,
          .model_version // "default (\($default // "there is none"))",
          (.fallback_models | if . == null then "any" elif . == [] then "none" else join(", ") end),
          .on_disconnect
        ]
      ]
    | table'
  show '"Registry version: \(.registry_version)"'
}

show_settings() {
  show '
    (.message // empty),
    ([["SETTING", "VALUE"]]
      + [.settings | to_entries[]
        | [.key, (.value | if type == "array" then join(",") else tostring end)]]
      | table),
    "Registry version: \(.registry_version)"'
}

show_validate() {
  show '
    "\(.model.model_name) (\(.model.model_id)) is \(if .valid then "valid" else "NOT valid" end)",
    (.checks[] | check_line),
    (if .probe then (.probe.checks[] | check_line) else empty end)'
}

show_history() {
  show '
    def plain: if . == null then "none" elif type == "string" then . else tojson end;
    # As in the console: the role named the actor, where Postgres does not know it itself.
    def via: if .actor_proven == false then " via \(.database_role)" else "" end;
    def who:
      if .actor_user_id then .actor_user_id + via
      elif .actor_key_name then "key \(.actor_key_name)" + via
      else .database_role end;
    def details:
      if .action == "create" or .action == "delete" then .assistant_type // .model_id
      elif (.from | type) == "object" or (.to | type) == "object" then
        . as $entry
        | "\(.assistant_type // .model_id // "settings"): "
          + ([((.from // {}) + (.to // {}) | keys[])
            | "\(.) \($entry.from[.] | plain) -> \($entry.to[.] | plain)"] | join(", "))
      else
        (if .assistant_type then "\(.assistant_type): "
        elif .action == "set-default" or .action == "unset-default" then ""
        else "\(.model_id): " end)
        + "\(.from | plain) -> \(.to | plain)"
      end
      + (if .probe == "passed" then " (probed)" elif .probe == "skipped" then " (not probed)"
        else "" end)
      + (if .rollback_of then " (rollback of \(.rollback_of))" else "" end);
    [["ID", "WHEN (UTC)", "HOW", "WHO", "ACTION", "WHAT"]]
    + [
      .switches[]
      | [
        (.id | tostring), (.created_at | moment), .source, who, .action, details
      ]
    ]
    | table'
  show '"Registry version: \(.registry_version)"'
}

show_rollback() {
  show '
    .message,
    (.changes[]
      | "  \(.action)  \(if .assistant_type then "\(.assistant_type): \(.model_id // "default")"
        else .model_id end)"),
    "Default: \(.default_model.model_id // "none")",
    "Registry version: \(.registry_version)"'
}

show_verify() {
  show '
    .verification
    | if .ok then "The history is intact: \(.entries) entries", "  Last hash: \(.last_hash)"
      else
        "The history has been TAMPERED WITH"
        + (if .broken_id then ", from entry \(.broken_id) on" else "" end),
        "  \(.problem)"
      end'
}

show_sync() {
  show '
    def list($title): if . == [] then empty else "\($title) (\(length)):", "  \(.[])" end;
    def end_of: .lifecycle + (if .retires_on then ", \(dated_end)" else "" end);
    def allowed_note: if .allowed then "" else "; may leave the allowed geographies" end;
    .report as $report
    | "Compared with the AWS catalog in \(.region)",
      ($report.new | map("\(.model_id)  \(.name) (\(.provider)), \(end_of)\(allowed_note)")
        | list("Not registered")),
      ($report.gone
        | map("\(.model_id)  \(if .ended then "ended" else "end unknown" end)"
          + (if .is_available then ", but available" else "" end))
        | list("Registered, but not in the AWS catalog")),
      ($report.lifecycle
        | map("\(.model_id)  \(.from | end_of) -> \(.to | end_of)"
          + (if .applies then "" else "; unchanged: it has ended" end))
        | list("Lifecycle changes")),
      ($report.needs_profile
        | map("\(.model_id)  "
          + (if .profile_id then "use \(.profile_id)"
            else "no profile stays in the allowed geographies" end)
          + (if .profile_is_registered then ", which is registered" else "" end))
        | list("Served through an inference profile only")),
      ([.changes[] | select(.kind == "set-geographies")
        | "\(.model_id)  \(.from // ["unknown"] | join(", ")) -> \(.geographies | join(", "))"]
        | list("Processed in other geographies than registered")),
      ($report.leaves_geography
        | map(select(.is_registered) | "\(.model_id)  \(.outside | join(", "))"
          + (if .is_available then "; available, but never selected" else "" end))
        | list("Registered, but may leave the allowed geographies")),
      ($report.not_compared | map("\(.model_id)  \(.region)") | list("Called in another region")),
      (if .applied then "\(.applied | length) changes were made"
      elif .changes == [] then "Nothing to change"
      else "\(.changes | length) changes; nothing was changed, --apply makes them" end),
      "Registry version: \(.registry_version)"'
}

show_csv() {
  show '
    ["bucket_start", "model_id"] as $keys
    | ["turns", "complete", "partial", "failed", "fallbacks", "conversations",
      "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] as $counts
    | if $action == "usage" then
        .usage | csv($keys + ["assistant_type"] + $counts + ["cost_usd", "unpriced", "estimated_usd"])
      elif $action == "costs" then
        .costs | csv($keys + ["assistant_type", "turns", "cost_usd", "unpriced", "estimated_usd"])
      else
        .performance
        | csv($keys + ["answers", "errors", "mean_ms", "stddev_ms", "p50_ms", "p95_ms", "p99_ms",
          "ttft_mean_ms", "ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms"])
      end' --arg action "$action"
}

show_usage() {
  show '
    def line($name; $assistant):
      [
        $name, $assistant, (.turns | grouped), (.partial + .failed | grouped),
        (.fallbacks | grouped),
        (.input_tokens + .cache_read_tokens + .cache_write_tokens | grouped),
        (.output_tokens | grouped)
      ];
    .bucket as $bucket
    | "Usage, \(period)",
      ([["MODEL", "ASSISTANT", "TURNS", "ERRORS", "FALLBACKS", "TOKENS IN", "TOKENS OUT"]]
        + (.usage | by_bucket($bucket; line(model_name; .assistant_type | short(12))))
        + [.totals | line("TOTAL"; "")]
        | fit(25) | figures(2)),
      "New conversations: \(.totals.conversations | grouped); tokens in include cached tokens",
      "Cost: \(.totals | cost) USD; details in \"costs\"",
      (.totals.unpriced | unpriced_note),
      (.totals.estimated_usd | estimated_note),
      "Registry version: \(.registry_version)"'
}

show_costs() {
  show '
    def line($name; $assistant): [$name, $assistant, (.turns | grouped), cost];
    .bucket as $bucket
    | "Costs, \(period)",
      ([["MODEL", "ASSISTANT", "TURNS", "COST USD"]]
        + (.costs | by_bucket($bucket; line(model_name; .assistant_type | short(24))))
        + [{turns: (.costs | map(.turns) | add // 0), cost_usd: .total_usd, unpriced: .unpriced}
          | line("TOTAL"; "")]
        | fit(41) | figures(2)),
      (.unpriced | unpriced_note),
      (.estimated_usd | estimated_note),
      ""'
  show '
    def line($name): [$name, cost(.to_date_usd; .unpriced), cost(.projected_usd; .unpriced)];
    .month
    | "The month \(.month_start | .[:7]), \(.elapsed_fraction | percent) of it",
      ([["", "TO DATE USD", "PROJECTED USD"]]
        + (.by_model | map(line(model_name)))
        + (.by_assistant | map(line("assistant \(.assistant_type)")))
        + [line("TOTAL")]
        | fit(60) | figures(1)),
      "Projected linearly over the rest of the month"'
  show '"Registry version: \(.registry_version)"'
}

show_performance() {
  show '
    def line:
      [
        model_name, (.answers | grouped), (.errors | grouped),
        (if .mean_ms == null then "-"
        elif .stddev_ms == null then .mean_ms | ms
        else "\(.mean_ms | ms) ± \(.stddev_ms | ms)" end),
        (.p50_ms | ms), (.p95_ms | ms), (.p99_ms | ms),
        (if .ttft_p50_ms == null then "-" else "\(.ttft_p50_ms | ms)/\(.ttft_p95_ms | ms)" end)
      ];
    .bucket as $bucket
    | "Performance, \(period)",
      ([["MODEL", "ANSWERS", "ERRORS", "MEAN ± SD MS", "P50 MS", "P95 MS", "P99 MS",
        "TTFT P50/P95 MS"]]
        + (.performance | by_bucket($bucket; line))
        | fit(25) | figures(1)),
      "Times of complete answers; TTFT is the time to the first token",
      "Registry version: \(.registry_version)"'
}

show_effects() {
  show '
    def line($name):
      [
        "  " + $name, (.turns | grouped), (.errors | grouped), (.error_rate | percent),
        (.mean_ms | ms), (.p95_ms | ms),
        (if .turns == 0 then "-" else .cost_per_turn_usd | dollars end)
      ];
    .window_hours as $hours
    | "Switches, \(period), with \($hours) hours before and after",
      (.switches[]
        | "",
          "\(.switch_id)  \(.created_at | moment)  \(.source)  \(.action)"
          + (if .assistant_type then " of \(.assistant_type)" else "" end)
          + (if .probe == "passed" then " (probed)" elif .probe == "skipped" then " (not probed)"
            else "" end)
          + (if .rollback_of then " (rollback of \(.rollback_of))" else "" end),
          "  \(.from_model_id // "none") -> \(.to_model_id // "none")",
          ([["", "TURNS", "ERRORS", "ERROR RATE", "MEAN MS", "P95 MS", "USD PER TURN"]]
            + [(.before | line("before")), (.after | line("after"))]
            | figures(1)),
          "  Begun after it: \(.convergence.answers | grouped); by an older registry, until now:"
          + " \(.convergence.older | grouped)"
          + (if .convergence.first_answer_ms == null then ""
            else "; the first on it ended after \(.convergence.first_answer_ms | ms) ms" end)),
      "",
      (if .switches == [] then "No switches in this period" else empty end),
      "Registry version: \(.registry_version)"'
}

show_what_if() {
  show '
    def line($name): [$name, (.turns | grouped), (.actual_usd | dollars), (.what_if_usd | dollars)];
    "What if \(.model_name) (\(.model_id)) had answered",
    period,
    ([["MODEL THAT ANSWERED", "TURNS", "ACTUAL USD", "WHAT IF USD"]]
      + (.by_model | map(line(model_name))) + [line("TOTAL")]
      | fit(50) | figures(1)),
    "Difference: "
    + (if .difference_usd == null then "unknown"
      elif .difference_usd > 0 then "\(.difference_usd | dollars) USD more"
      elif .difference_usd < 0 then "\(0 - .difference_usd | dollars) USD less"
      else "none" end)
    + (if .actual_usd > 0 then ", \(.what_if_usd / .actual_usd * 100 | round)% of the actual cost"
      else "" end),
    (if .unpriced > 0 then
      "The actual cost is higher: that of \(.unpriced | grouped) calls is unknown"
    else empty end),
    (if .cache_as_input then
      "Cached tokens are counted as input: the model has no price for them"
    else empty end),
    "An estimate: the same tokens at the prices of now. Models split text into tokens of their own,",
    "and would have answered at another length.",
    "Registry version: \(.registry_version)"'
}

if given --csv; then
  show_csv
elif ! $json; then
  case $action in
    list) show_list ;;
    default) show_default ;;
    assistants) show_assistants ;;
    switch) show_switch ;;
    assign | unassign) show_assignment ;;
    enable | disable | register) show '"\(.message)", "Registry version: \(.registry_version)"' ;;
    settings | 'settings set') show_settings ;;
    validate) show_validate ;;
    history) show_history ;;
    rollback) show_rollback ;;
    verify) show_verify ;;
    sync) show_sync ;;
    usage) show_usage ;;
    costs) show_costs ;;
    performance) show_performance ;;
    effects) show_effects ;;
    what-if) show_what_if ;;
  esac
  show '.warnings[]? | "Warning: \(.)"' >&2
fi

case $action in
  validate) [ "$(show .valid)" = true ] || exit 1 ;;
  verify) [ "$(show .verification.ok)" = true ] || exit 1 ;;
esac
