#!/usr/bin/env bash
#
# Shows and switches the Bedrock models of a Supabase project, over its function
# manage-bedrock-models. Needs bash 3.2, curl 7.20 and jq 1.5, or later ones, and base64 to send
# files. One file, so that it can be copied to where an operator works.
#
# Exit status: 0 done; 1 refused, failed, or `validate` or `verify` found something wrong; 2 wrong
# usage.

# shellcheck disable=SC2016 # a $ in single quotes is jq's

# Other shells, as in `sh switch-bedrock-model.sh`, read no further.
if [ -z "${BASH_VERSION:-}" ]; then
  command -v bash >/dev/null || { echo "${0##*/}: bash is required but not installed" >&2; exit 1; }
  exec bash "$0" "$@"
fi
set +o posix # which is on in a bash that is called `sh`
set -euo pipefail

readonly name=${0##*/} service_key=${SUPABASE_SERVICE_KEY:-} access_token=${SWITCHBOARD_ACCESS_TOKEN:-}
unset SUPABASE_SERVICE_KEY SWITCHBOARD_ACCESS_TOKEN # no program gets an environment with them in it
readonly change='--impact, --reason TEXT' propose='--propose, --effective-at T, --expires-at T' range='--days N, --from T, --to T'
readonly prices='--input USD, --output USD, --cache-read USD, --cache-write USD, --cache-write-1h USD, --valid-from T, '\
'--long-prompt-tokens N, --long-prompt-factor N, --reason TEXT'
readonly guards='--promote, --error-points N, --latency-ratio N, --cost-ratio N'
readonly assistant_fields='--name NAME, --prompt TEXT, --prompt-file FILE, --temperature N, --top-p N, --max-tokens N, '\
'--effort VALUE, --guardrail ID:VERSION, --fallbacks IDS, --allowed-models NAMES, --max-output-tokens N, --on-disconnect VALUE, '\
'--requires-evaluation VALUE, --evaluation-max-age-days N, --allow-provider-retention VALUE, --active VALUE, --protected VALUE, --reason TEXT'
readonly filters='--model MODEL-ID, --assistant TYPE, --by ACTOR, --action ACTION, --search TEXT, '\
'--from T, --to T, --limit N, --before ID, --csv'

# Every command: its words, the action of the API, the command that shows whether a change was made
# (none: it changes nothing), the options it takes, what it does.
readonly commands="
Show:
list|list||--csv|every model, with price and state
default|get-default|||the default model, and which assistants follow it
assistants|list-assistants|||every assistant, with its model, fallbacks and on_disconnect
roles|list-roles||--email PART, --assistant TYPE, --after EMAIL, --after-id ID, --limit N|users, and the assistants of their roles
<model-id> prices|list-prices|||prices of a model, and when they hold
<model-id> aliases|validate|||names that clients may use in place of its id
<model-id> validate|validate||--probe|check whether a switch to the model would succeed; changes nothing
<model-id> try <assistant>|try||--message TEXT, --image FILE, --document FILE, --with MODEL-ID|ask a model as an assistant; costs tokens, stores no text
explain <id>|explain|||which model answered, and why, by the id of a message or request
evidence <id>|evidence||--words|what stood behind an answer, for an auditor, by the same ids
Switch:
<model-id> switch|set-default|default|--watch N, --no-probe, --force, $change, $propose|make an available model the default, if a call of it succeeds
<model-id> assign <assistant>|set-assistant-model|assistants|--watch N, --no-probe, --force, $change, $propose|give an assistant a model of its own, if a call of it succeeds
unassign <assistant>|set-assistant-model|assistants|$change, $propose|make an assistant follow the default again
<model-id> enable|enable|list|$change, $propose|allow new conversations on the model
<model-id> disable|disable|list|--now, $change, $propose|refuse new conversations on it; existing ones keep it
<model-id> retire|retire|list|--successor MODEL-ID, --dry-run, $change, $propose|put its successor in its place everywhere, and retire it
Rollouts, which give a model a share and compare it:
<model-id> rollout|start-rollout|rollouts|--share N, --assistant TYPE, $guards, --no-probe, --force, $change, $propose|give a model a share of new conversations and calls, if a call of it succeeds
rollouts|list-rollouts||--limit N|rollouts and watched switches, those under way first
rollout status <number>|list-rollouts|||one of them, with the figures of both models
rollout verify <number>|verify-verdict|||whether the ledger still gives the figures of a verdict, by its id
rollout share <number> <share>|set-rollout-share|rollouts|--reason TEXT, $propose|change its share, in percent
rollout end <number> <outcome>|end-rollout|rollouts|--reason TEXT, $propose|promote: the model takes the place; revert: it gives all back
Prices, assistants, roles, settings:
<model-id> price set|set-price|list|$prices, $propose|set prices of a model, now or from a later time on
assistant create <assistant>|create-assistant|assistants|$assistant_fields|create an assistant, which follows the default
assistant set <assistant>|set-assistant|assistants|$assistant_fields, $propose|change an assistant, from the next request on
role set <email> <assistant>|set-role|roles|--reason TEXT|give a user the role of an assistant; none takes it away
settings|get-settings|||the settings of every model and user
settings set <name> <value>|update-settings|settings|$change|set one of them
<model-id> retention set|set-provider-retention|list|--keeps VALUE, --source URL, --checked-on DATE, $change|set what its provider keeps of calls, with the page that says so
<model-id> aliases <names>|set-aliases|list|--reason TEXT, $propose|set them, separated by commas; none takes them away
Evaluations:
evaluations|list-evaluations||--model MODEL-ID, --assistant TYPE, --limit N|results of promptfoo for models with assistants' prompts, newest first
<model-id> attach <assistant>|attach-evaluation|evaluations|--result FILE, --reason TEXT|attach a result file of promptfoo; only figures are stored
Keys of the endpoints openai and anthropic:
keys|list-api-keys|||every API key, with its scope and the day of its last use
key create <name>|create-api-key|keys|--assistant BOUND, --models NAMES, --dialects LIST, --expires T, --reason TEXT|create a key and print it, this once
key rotate <id>|rotate-api-key|keys|--grace-hours N, --reason TEXT|create a key that replaces one, and print it
key revoke <id>|revoke-api-key|keys|--reason TEXT|refuse a key from the next request on
Limits of what may be spent:
limits|limit-status|||every limit, and how much of it is used now
limit status <number>|limit-status|||one limit, with the users who are nearest to it
limit set <limit>|set-limit|limits|--time-zone ZONE, --soft, --hard, $change, $propose|set a limit, in the words of the examples below
limit remove <number>|remove-limit|limits|--reason TEXT, $propose|remove a limit, from the next request on
A second person:
proposals|list-proposals||--status STATUS, --limit N|proposed changes, and entries of the history that are to be signed
approve <number>|approve|proposals||approve a proposal that another made, with SWITCHBOARD_ACCESS_TOKEN
reject <number>|reject|proposals|--reason TEXT|reject a proposal, or take your own back
sign <number>|sign|history|--reason TEXT|sign what another did, by its number in the history, with SWITCHBOARD_ACCESS_TOKEN
Data of users:
export-user <user>|export-user||--output FILE, --reason TEXT|what is stored of a user, as lines of JSON; recorded
erase-user <user>|erase-user|erasures|--yes, --reason TEXT|erase the conversations and files of a user, for good
erase-conversation <id>|erase-conversation|erasures|--yes, --reason TEXT|erase one conversation and its files, for good
erasures|list-erasures||--before-id ID, --limit N|erasures under way, and receipts, newest first
legal-hold <user>|set-legal-hold|legal-holds|--until DAY, --remove, --reason TEXT|keep the data of a user from being erased
legal-holds|list-legal-holds|||users whose data is kept, and why
retention <assistant>|set-retention|assistants|--keep, --keep-days N, --reason TEXT|for how long conversations with it are kept
retention|set-retention|assistants|--keep, --keep-days N, --reason TEXT|the same of every assistant
History and rollback:
history|history||$filters|every change with its actor, source and reason, newest first
rollback|rollback|history|--to ID, $change|restore the state before the last switch that is not undone yet
verify|verify-history|||check that the history has not been tampered with
Usage, cost and latency:
usage|usage||$range, --by GROUP, --csv|turns and tokens of each model and assistant, user or key
costs|costs||$range, --by UNIT, --csv|cost of each, and the month with its projection
performance|performance||$range, --by UNIT, --csv|latency and errors of each model
effects|switch-effect||$range, --window N, --limit ROWS|turns before and after each switch
<model-id> what-if|what-if||$range|cost of the same turns on this model
Alerts:
alerts|list-alerts||--open, --limit N|open alerts, then closed ones
alert acknowledge <id>|acknowledge-alert|alerts|--reason TEXT|note that an alert is known; it closes when its cause is gone
alert rules|list-alert-rules|||when alerts of each kind open and close
alert rule <kind>|set-alert-rule|alert rules|--active VALUE, --open-at N, --close-at N, --least-count N, --window-minutes N, --reason TEXT|change that, or switch a kind on or off
status|status|||when each step of the tick last ran, what is late, how many alerts are open
Follow AWS:
sync|sync|sync|--apply, --reason TEXT|compare the registry with the AWS catalog; changes nothing without --apply
<model-id> register|register|list|--reason TEXT|register one model of the AWS catalog, as disabled
lifecycle|list-lifecycle|||when AWS ends models, and which can take their place
"

# Every option and setting: the field of the request (none: the command uses it), the kind of value,
# nothing, what it means.
readonly options='
Options:
--limit N|limit|count||maximum number of rows, 1 to 200; default 20, of roles, proposals, evaluations and erasures 50, of alerts 100
--limit ROWS||count||maximum number of switches
--before ID|before|count||only entries before this one
--model MODEL-ID|model_id|text||only entries of this model
--assistant TYPE|assistant_type|text||only of this assistant
--by ACTOR|actor|text||only by this user id, name of a key, or database role
--action ACTION|of_action|text||only this action, such as set-default, assign or disable
--search TEXT|search|text||only entries whose reason, model, assistant or values contain it
--to ID|to|count||the state before this switch of the history
--days N|days|count||the last N days, 1 to 400; default 30, by hour 7
--from T|from|moment||from a day or time on
--to T|to|moment||up to a day or time; default now
--by UNIT|bucket|hour,day,month,total||a row for each hour (7 days at most), day or month, or the total
--by GROUP|by|hour,day,month,total,user,api_key||the same, or the total of each user or API key
--window N|window_hours|count||hours to compare before and after, 1 to 168; default 24
--probe|probe|true||also call the model, with each thing that its row says it accepts
--no-probe|probe|false||skip the call of the model
--force|force|true||even if its price is unknown
--watch N|watch_minutes|count||for so many minutes, go back by itself where more fails than in the hour before; up to 10080
--share N|share|count||percent of new conversations and calls, 1 to 100
--promote|on_verdict|promote||let it take the place once it is proven not worse; without, that waits for you
--error-points N|guards.error_points|number||by how many percentage points more may fail; default 2
--latency-ratio N|guards.latency_ratio|number||how many times as long an answer may take; default 1.25
--cost-ratio N|guards.cost_ratio|number||how many times as much an answer may cost; default 1.5
--now|now|true||end its use in existing conversations too
--successor MODEL-ID|successor_model_id|text||the model that takes its place; default the one on record
--words|include_words|true||add the question and the answer; for a secret key, or of a conversation of your own
--dry-run|dry_run|true||show everything that uses the model, and what would change; changes nothing
--apply|apply|true||register new models as disabled, and update lifecycles and regions
--impact||true||show what the change would do: who answers, what it costs; changes nothing
--reason TEXT|reason|text||why, for the history
--propose||true||make no change, but a proposal that another platform admin approves
--effective-at T|effective_at|moment||with --propose, when the change is made once it is approved; default at once
--expires-at T|expires_at|moment||with --propose, until when it can be approved; default 7 days
--status STATUS|status|open,approved,applied,returned,rejected,expired||only open, approved, applied, returned, rejected or expired proposals
--message TEXT|content|input||the question; - reads it from standard input
--image FILE|files|image||an image of the question: PNG, JPEG, GIF, WebP; may be repeated
--document FILE|files|document||a document of it: PDF, Word, Excel, CSV, HTML, text, Markdown
--with MODEL-ID|model_ids|each||ask this model too; up to three times
--email PART|email|text||only users whose address contains it
--after EMAIL|after|text||only users after this address, in the order of addresses
--after-id ID|after_id|text||with it, also users of the same address after this user id
--input USD|input_cost_per_mtok|number+unknown||price of a million input tokens, or unknown
--output USD|output_cost_per_mtok|number+unknown||of a million output tokens
--cache-read USD|cache_read_cost_per_mtok|number+unknown||of a million tokens read from a cache
--cache-write USD|cache_write_cost_per_mtok|number+unknown||of a million tokens written to a cache
--cache-write-1h USD|cache_write_1h_cost_per_mtok|number+unknown||of those that are kept for an hour
--long-prompt-tokens N|long_prompt_tokens|count+none||prompts of more tokens are billed at the factor; or none
--long-prompt-factor N|long_prompt_factor|number+none||times the prices; or none
--valid-from T|valid_from|moment||when the prices begin to hold; default now
--keeps VALUE|provider_retention|none,flagged_30_days,all_30_days,unknown||nothing, flagged traffic or all of it for up to 30 days, or not known: none, flagged_30_days, all_30_days, unknown
--source URL|source|text||the page that says so
--checked-on DATE|checked_on|text||the day on which it was read, as 2026-11-30; default today
--result FILE|result|json||what promptfoo eval -o FILE wrote, as JSON
--name NAME|name|text||name of the assistant
--prompt TEXT|system_prompt|any||its system prompt
--prompt-file FILE|system_prompt|file||the same, from a file; - reads standard input
--temperature N|model_config.temperature|number+none||0 to 1; none: as its model has it
--top-p N|model_config.top_p|number+none||0 to 1; none: as its model has it
--max-tokens N|model_config.max_tokens|count+none||tokens of an answer; none: as its model has it
--effort VALUE|model_config.effort|none,low,medium,high,xhigh,max,model||how much it thinks; model: as its model does by itself
--guardrail ID:VERSION|guardrail|guardrail+none||the guardrail of Amazon Bedrock that guards its answers; or none
--fallbacks IDS|fallback_models|names+any||models that may answer instead, separated by commas; or any, or none
--allowed-models NAMES|allowed_models|names+any||models that its callers may name too, separated by commas; or any, or none
--max-output-tokens N|max_output_tokens|count+none||most tokens of any answer, thinking included; none: as its model has it
--time-zone ZONE|time_zone|text||where periods begin, as Europe/Berlin; default as it is, of a new limit UTC
--soft|enforcement|soft||only counts, for alerts
--hard|enforcement|hard||refuses what exceeds it; default as it is, of a new limit --hard
--assistant BOUND|assistant_type|text||every call with the key is with this assistant
--models NAMES|models|list||the only models that answer it, by ids or aliases separated by commas; default all
--dialects LIST|dialects|list||the endpoints that take it, as openai,anthropic; default all
--expires T|expires_at|moment||when the key expires; default never
--grace-hours N|grace_hours|number||hours for which the former key is accepted too; 0: it expires at once; default 24
--on-disconnect VALUE|on_disconnect|finish,stop||whether a turn whose caller leaves goes on: finish or stop
--requires-evaluation VALUE|requires_evaluation|true,false||whether its model changes only to one that passed an evaluation: true or false
--evaluation-max-age-days N|evaluation_max_age_days|count+none||days for which an evaluation counts; none: as long as prompt and settings stay
--allow-provider-retention VALUE|allow_provider_retention|true,false||whether models answer it whose provider keeps traffic, or might: true or false
--active VALUE|is_active|true,false||whether the assistant answers, or the rule is applied: true or false
--protected VALUE|is_protected|true,false||whether its model, fallbacks, allowed models and prompt change only with a second person: true or false
--open|open|true||only open alerts
--open-at N|open_at|number||where an alert opens: percent, days, minutes, attempts or answers, by its kind
--close-at N|close_at|number||where it closes again
--least-count N|least_count|count||fewest requests that an error rate is computed of
--window-minutes N|window_minutes|count||minutes that are looked back on
--output FILE||text||write to this file, which must not be there yet; default standard output
--yes||true||do not ask whether it is meant
--before-id ID|before_id|count||only erasures before this one
--until DAY|until|day||the last day of the hold, in UTC; default until it is removed
--remove|action|remove-legal-hold||end the hold
--keep-days N|keep_days|count||days after the last turn, up to 36500; then the tick erases the conversation
--keep|keep_days|kept+kept||keep them until they are erased
--csv||true||comma-separated values, for a spreadsheet; of the history all entries
--json||true||print the answer of the API unchanged
--help||true||print this
Examples of limits:
limit set project 1000 usd per month||||- all use together
limit set assistant health 100 usd per day||||- all use of an assistant
limit set each_user health 60 turns per minute||||- each user of an assistant; without health, of any
limit set user ID 100000 tokens in total||||- one user, and no period
limit set api_key ID 5 concurrent||||- turns and calls at the same time
Settings:
allowed_geographies VALUE|allowed_geographies|list||where calls may be processed, as eu,uk
function_geographies VALUE|function_geographies|list+none||where functions may run, as eu; none: anywhere
require_mfa VALUE|require_mfa|true,false||whether changes need a second factor
require_person VALUE|require_person|true,false||whether changes need a person, and not a secret key alone
allow_anonymous_users VALUE|allow_anonymous_users|true,false||whether anonymous users may chat
allow_provider_retention VALUE|allow_provider_retention|true,false||whether models whose provider keeps traffic may answer calls without an assistant
on_role_change VALUE|on_role_change|refuse,move||conversations after a change of role
backup_days VALUE|backup_days|count||days for which backups are kept, for the receipts of erasing
Environment:
SUPABASE_SERVICE_KEY||||the secret key of the project; required, but to approve and sign
SWITCHBOARD_ACCESS_TOKEN||||the access token of a platform admin, who approves and signs; without a key, all commands use it
SUPABASE_URL||||the URL of the project; default http://127.0.0.1:54321
SWITCHBOARD_REGION||||the AWS region that the function is to run in, as eu-central-1; default: near this machine
'

# Prints one line on stderr and exits.
fail() { # message [exit status]
  printf '%s: %s\n' "$name" "${1//[[:cntrl:]]/ }" >&2
  exit "${2:-1}"
}

usage() {
  local words taken meaning
  printf 'Usage: %s <command> [option …]\n' "$name"
  while IFS='|' read -r words _ _ taken meaning; do
    case $words in
      '') ;;
      *:) printf '\n%s\n' "$words" ;;
      *)
        printf '  %-33s %s\n' "$words" "$meaning"
        [ -z "$taken" ] || fold -s -w 92 <<<"$taken" | sed 's/^/      /'
        ;;
    esac
  done <<<"$commands$options"
}

# The rest of the line of a table that begins so.
line_of() { # table beginning
  case $1 in *$'\n'"$2"*) ;; *) return 1 ;; esac
  local rest=${1#*$'\n'"$2"}
  printf '%s' "${rest%%$'\n'*}"
}

# "; did you mean …?" with the candidate that fewest letters are to be changed for, if they are few.
suggestion() { # word, candidates on lines
  [ ${#1} -gt 30 ] || jq -Rrn --arg word "$1" '
    def distance($a; $b):
      reduce range($a | length) as $i ([range($b | length + 1)];
        . as $above
        | reduce range($b | length) as $j ([$i + 1];
          . + [[.[-1] + 1, $above[$j + 1] + 1,
            $above[$j] + if $a[$i] == $b[$j] then 0 else 1 end] | min]))
      | .[-1];
    [inputs | [distance($word | explode; explode), .]] | min
    | select(.[0] <= ($word | length + 2) / 4) | "; did you mean \"\(.[1])\"?"' <<<"$2" 2>/dev/null || true
}

# --- Arguments --------------------------------------------------------------------------------
json=false words=() given=() names=' ' awaited=''
for argument in "$@"; do
  if [ -n "$awaited" ]; then
    given+=("$awaited" "$argument") awaited=''
    continue
  fi
  case $argument in
    -h | --help) usage; exit ;;
    --json) json=true ;;
    -?*)
      if line_of "$options" "$argument|" >/dev/null; then
        given+=("$argument" '')
      elif line_of "$options" "$argument " >/dev/null; then
        awaited=$argument
      else
        fail "unknown option $argument$(suggestion "$argument" "$(grep -o '^--[a-z-]*' <<<"$options")")" 2
      fi
      ;;
    *) words+=("$argument") ;;
  esac
  names="$names$argument "
done
[ -z "$awaited" ] || fail "$awaited needs a value" 2
[ ${#words[@]} -gt 0 ] || { usage >&2; exit 2; }
for pair in '--json --csv' '--days --from' '--prompt --prompt-file' '--impact --reason' '--impact --no-probe' '--impact --force' '--impact --watch' '--impact --propose' '--impact --dry-run' '--propose --dry-run' '--keep --keep-days' '--remove --until'; do
  [[ $names != *" ${pair% *} "* || $names != *" ${pair#* } "* ]] || fail "${pair/ / and } cannot be combined" 2
done

# A limit is a sentence, in quotes or without.
case "${words[*]}" in 'limit set '*) sentence=${words[*]:2}; words=(limit set "$sentence") ;; esac

# Finds the command that the words are, and otherwise what they may have been meant to be.
first=${words[0]} action='' closest='' most=0 verb_first=''
[ -n "$first" ] || fail 'the model id is empty' 2
while IFS='|' read -r pattern its_action outcome its_options _; do
  [ -n "$its_action" ] || continue
  read -ra command <<<"$pattern"
  same=0 # of the words and of the command; a word that begins a command is no model id
  while [ "$same" -lt ${#command[@]} ] && [ "$same" -lt ${#words[@]} ]; do
    case ${command[same]} in
      '<model-id>') case $commands in *$'\n'"$first"[\ \|]*) break ;; esac ;;
      '<'* | "${words[same]}") ;;
      *) break ;;
    esac
    same=$((same + 1))
  done
  if [ "$same" -eq ${#command[@]} ] && [ "$same" -eq ${#words[@]} ]; then action=$its_action; break; fi
  case $pattern in "<model-id> $first"*) verb_first=${pattern#* } ;; esac
  case $same=$pattern in
    0=* | '1=<'*) ;;
    *)
      if [ "$same" -gt "$most" ]; then closest='' most=$same; fi
      if [ "$same" -eq "$most" ]; then closest="${closest:+$closest, or }$pattern"; fi
      ;;
  esac
done <<<"$commands"

if [ -z "$action" ] && [ -n "$closest" ]; then
  read -ra command <<<"${closest%%, or *}"
  problem="missing ${command[most]:-}"
  if [ "$most" -lt ${#words[@]} ]; then problem="unexpected argument: ${words[most]}"; fi
  fail "$problem; usage: $closest" 2
elif [ -z "$action" ] && [ -n "$verb_first" ]; then
  id='<model-id>'
  for word in "${words[@]}"; do case $word in *[.:]*) id=$word ;; esac; done
  fail "the model id comes first: $id $verb_first" 2
elif [ -z "$action" ]; then
  known=$(sed -nE 's/^(<model-id> )?([a-z-]+)[ |].*/\2/p' <<<"$commands")
  for word in "${words[1]:-}" "$first"; do
    hint=$(suggestion "$word" "$known")
    case $hint in '' | *"\"$word\""*) ;; *) fail "unknown command $word$hint" 2 ;; esac
  done
  if [ ${#words[@]} -eq 1 ]; then fail "missing action for $first; see --help" 2; fi
  fail "unknown action ${words[1]}; see --help" 2
fi
readonly allowed=", $its_options,"

# Adds a field of the request: a kind of value, its place in the request, and the value as a text.
fields=()
add() { # kind field value
  case $3 in *$'\036'*) fail "$2 contains a control character" 2 ;; esac
  fields+=("$1" "$2" "$3")
}

# Refuses a value of another kind than an option takes.
check() { # option kind value
  local wanted pattern
  case $2 in
    count*) wanted='a whole number of at least 1' pattern='[1-9][0-9]{0,14}' ;;
    number*) wanted='a number' pattern='[0-9]*[.]?[0-9]+' ;;
    guardrail*) wanted='an id or ARN and a version, such as abc123:1' pattern='.+:([1-9][0-9]*|DRAFT)' ;;
    moment) wanted='a day or a time, such as 2026-11-01 or 2026-11-01T12:00:00Z' pattern='[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?' ;;
    *,*) wanted="one of ${2//,/, }" pattern=${2//,/|} ;;
    day) wanted='a day, such as 2026-11-01' pattern='[0-9]{4}-[0-9]{2}-[0-9]{2}' ;;
    any) return ;;
    *) wanted='a text' pattern='.+' ;;
  esac
  case $2 in *+*) wanted="$wanted, or ${2#*+}" pattern="$pattern|${2#*+}" ;; esac
  pattern="^($pattern)\$"
  [[ $3 =~ $pattern ]] || fail "$1 must be $wanted, not ${3:-empty}" 2
}

# Prints a file of a question: its media type by its name, its bytes as base64, and its name.
read_media() { # kind file
  local type=unknown file=${2##*/}
  case $(tr '[:upper:]' '[:lower:]' <<<"$file") in
    *.png) type=image/png ;;
    *.jpg | *.jpeg) type=image/jpeg ;;
    *.gif) type=image/gif ;;
    *.webp) type=image/webp ;;
    *.pdf) type=application/pdf ;;
    *.csv) type=text/csv ;;
    *.doc) type=application/msword ;;
    *.docx) type=application/vnd.openxmlformats-officedocument.wordprocessingml.document ;;
    *.xls) type=application/vnd.ms-excel ;;
    *.xlsx) type=application/vnd.openxmlformats-officedocument.spreadsheetml.sheet ;;
    *.html) type=text/html ;;
    *.txt) type=text/plain ;;
    *.md) type=text/markdown ;;
  esac
  case $1=$type in
    image=image/* | document=application/* | document=text/*) ;;
    *) fail "--$1 $2: by its name no $1 that models take" 2 ;;
  esac
  command -v base64 >/dev/null || fail 'base64 is required but not installed'
  printf '%s ' "$type"
  { base64 <"$2" | tr -d '\r\n'; } 2>/dev/null || fail "cannot read $2" 2
  printf ' %s' "$file"
}

# Adds what an option or a setting says.
add_option() { # line of the table after the name, name, value
  local field kind value=$3
  IFS='|' read -r field kind _ <<<"$1"
  case $kind in true | false | soft | hard | promote | remove-legal-hold) value=$kind ;; kept+*) value=kept ;; esac
  check "$2" "$kind" "$value"
  case $kind in image | document) value=$(read_media "$kind" "$3") || exit $? ;; esac
  case $kind in json)
    value=$({ jq -c objects <"$3"; } 2>/dev/null) || value=
    [ -n "$value" ] || fail "$3 cannot be read as a JSON object" 2
    ;;
  esac
  case $kind=$value in file=* | input=-) value=$(cat -- "$3" 2>/dev/null) || fail "cannot read $3" 2 ;; esac
  if [ -n "$field" ]; then add "$kind" "$field" "$value"; fi
}

# Adds a limit that is given in words.
add_limit() { # words
  local pattern='^(project|assistant|each_user|user|api_key)( [^ ]+)? ([0-9]*[.]?[0-9]+) (usd|tokens|turns|concurrent)( per (minute|hour|day|month)| in total)?$'
  [[ $1 =~ $pattern ]] || fail "\"$1\" is not a limit; the end of --help has examples" 2
  local id=${BASH_REMATCH[2]# } unit=${BASH_REMATCH[4]} period=${BASH_REMATCH[6]:-${BASH_REMATCH[5]:+total}}
  add text scope.kind "${BASH_REMATCH[1]}"
  [ -z "$id" ] || add text scope.id "$id"
  add number amount "${BASH_REMATCH[3]}"
  add text unit "$unit"
  case $unit=$period in
    concurrent=) ;;
    concurrent=*) fail 'concurrent has no period: it is how many run at the same time' 2 ;;
    *=) fail "a limit of $unit needs a period: per minute, hour, day or month, or in total" 2 ;;
    *) add text period "$period" ;;
  esac
}

# Ends the command where a program is missing or too old.
need() { # program major minor
  local version
  command -v "$1" >/dev/null || fail "$1 is required but not installed"
  version=$("$1" --version 2>/dev/null) || version=''
  if [[ $version =~ ([0-9]+)[.]([0-9]+) ]] &&
    [ $((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2])) -lt $(($2 * 1000 + $3)) ]; then
    fail "$1 $2.$3 or later is required, but $1 is ${BASH_REMATCH[0]}"
  fi
}
need curl 7 20
need jq 1 5

add text action "$action"
for ((i = 0; i < ${#command[@]}; i++)); do
  word=${words[i]}
  [ -n "$word" ] || fail "${command[i]} is empty" 2
  case $action=${command[i]} in
    *='<model-id>') add text model_id "$word" ;;
    set-role='<assistant>') add text+none assistant_type "$word" ;;
    *='<assistant>') add text assistant_type "$word" ;;
    *='<share>') check '<share>' count "$word"; add count share "$word" ;;
    *='<outcome>') check '<outcome>' promote,revert "$word"; add text outcome "$word" ;;
    *='<email>') add text email "$word" ;;
    explain='<id>' | evidence='<id>') add text message_id "$word" ;;
    erase-conversation='<id>') add text conversation_id "$word" ;;
    *='<user>') add text user_id "$word" ;;
    *='<number>') check '<number>' count "$word"; add count id "$word" ;;
    *='<id>') add text id "$word" ;;
    create-api-key='<name>') add text name "$word" ;;
    *='<kind>') add text kind "$word" ;;
    *='<names>') add names aliases "$word" ;;
    *='<name>')
      line=$(line_of "${options#*Settings:}" "$word VALUE|") ||
        fail "unknown setting $word; the names are in --help" 2
      add_option "$line" "$word" "${words[i + 1]}"
      ;;
    *='<limit>') add_limit "$word" ;;
    set-assistant-model=unassign) add text+none model_id none ;;
  esac
done

rows=null
for ((i = 0; i < ${#given[@]}; i += 2)); do
  option=${given[i]} key=${allowed#*", $option"}
  case $allowed in
    *", $option,"* | *", $option "*) ;;
    *) fail "$option cannot be used with ${command[*]}" 2 ;;
  esac
  add_option "$(line_of "$options" "$option${key%%,*}|")" "$option" "${given[i + 1]}"
  case $option in --limit) rows=${given[i + 1]} ;; esac
done
impact=false csv=false proposes=false required=''
case $names in *' --impact '*) impact=true ;; *' --csv '*) csv=true ;; *' --propose '*) proposes=true outcome=proposals ;; esac
case $proposes=$names in false=*' --effective-at '* | false=*' --expires-at '*) fail '--effective-at and --expires-at need --propose' 2 ;; esac
case $action in try) required=--message ;; create-assistant) required=--name ;;
  start-rollout) required=--share ;; attach-evaluation) required=--result ;;
  set-legal-hold) case $names in *' --remove '*) action=remove-legal-hold ;; *) required=--reason ;; esac ;;
  set-retention) case $names in *' --keep '*) ;; *) required=--keep-days ;; esac ;;
  set-provider-retention)
    required=--keeps
    case $names in *' --source '*) ;; *) required=--source ;; esac
    ;; esac
# Without a limit all of the history, in pages.
pages=false
case $csv=$action=$names in true=history=*' --limit '*) ;; true=history=*) pages=true; add count limit 200 ;; esac
case $names in *" $required"*) ;; *) fail "${command[*]} needs $required" 2 ;; esac

# --- Environment ------------------------------------------------------------------------------
# A key proves no person: what needs a second one needs the token of that person.
case $action in
  approve | sign)
    credential=$access_token
    [ -n "$credential" ] || fail 'SWITCHBOARD_ACCESS_TOKEN is not set; export the access token of a platform admin' 2
    ;;
  *) credential=${service_key:-$access_token} ;;
esac
case $access_token in
  '' | *.*.*) ;;
  *) fail 'SWITCHBOARD_ACCESS_TOKEN is not an access token; export the one that signing in gave, in full' 2 ;;
esac
case $access_token in
  *[!A-Za-z0-9._~+/=-]*) fail 'SWITCHBOARD_ACCESS_TOKEN contains an invalid character; copy the token alone and in full' 2 ;;
esac
[ -n "$credential" ] || fail "SUPABASE_SERVICE_KEY is not set; export the project's secret key" 2
case $service_key in
  *[!A-Za-z0-9._~+/=-]*) fail 'SUPABASE_SERVICE_KEY contains an invalid character; copy the key alone and in full' 2 ;;
  # The legacy publishable key has "role":"anon" in base64, which begins at one of three places.
  sb_publishable_* | eyJ*.*InJvbGUiOiJhbm9uI* | eyJ*.*yb2xlIjoiYW5vbi* | eyJ*.*icm9sZSI6ImFub24i*)
    fail 'SUPABASE_SERVICE_KEY is a publishable key, which cannot manage models; export the secret key (sb_secret_…, or the legacy service_role key)' 2
    ;;
esac

# The URL is printed only once it is known to hold no password.
supabase_url=${SUPABASE_URL:-http://127.0.0.1:54321}
supabase_url=${supabase_url%/}
case $supabase_url in
  *[[:space:][:cntrl:]\"\\]*) fail 'SUPABASE_URL contains an invalid character' 2 ;;
  *@*) fail 'SUPABASE_URL must not contain a user name or password; the key alone is sent' 2 ;;
esac
pattern='^(https?)://(\[[0-9A-Fa-f:]+\]|[^]/?#:[]+)(:[0-9]+)?(.*)$'
[[ $supabase_url =~ $pattern ]] || fail 'SUPABASE_URL must begin with http:// or https:// and a host' 2
path=${BASH_REMATCH[4]}
[ -z "$path" ] ||
  fail "SUPABASE_URL must be the project's URL alone, ${supabase_url%"$path"}, without $path" 2
is_local=false
case ${BASH_REMATCH[2]} in 127.0.0.1 | localhost | '[::1]') is_local=true ;; esac
if [ "$is_local=${BASH_REMATCH[1]}" = false=http ]; then
  fail 'SUPABASE_URL must begin with https://, since http sends the key unencrypted; only the URL of this machine may begin with http://' 2
fi

# --- Asking the API ---------------------------------------------------------------------------
# Where words must not leave a geography, a function elsewhere refuses to read or give them.
region=${SWITCHBOARD_REGION:-}
case $region in
  *[!a-z0-9-]*) fail 'SWITCHBOARD_REGION must be a region of AWS, such as eu-central-1' 2 ;;
esac

# What curl reads as its configuration, so that the key is in no process list. Quoting is safe:
# neither the key nor the URL holds a quote or a backslash.
curl_config() {
  printf 'url = "%s/functions/v1/manage-bedrock-models"\n' "$supabase_url"
  printf 'header = "%s"\n' "Authorization: Bearer $credential" 'Content-Type: application/json' \
    'x-switchboard-source: cli'
  if [ "$credential" = "$service_key" ]; then printf 'header = "apikey: %s"\n' "$service_key"; fi
  if [ -n "$region" ]; then printf 'header = "x-region: %s"\n' "$region"; fi
  # A proxy for the world outside cannot reach this machine's own ports.
  if $is_local; then printf 'noproxy = "*"\n'; fi
}

# A requested change may have been made although no answer arrived.
unless_made() {
  case $impact=$action=$names in
    true=* | false=sync=*) [[ $names = *' --apply '* ]] || return 0 ;;
    *' --dry-run '*) return 0 ;;
  esac
  [ -z "$outcome" ] || printf '; the change may have been made: check with "%s"' "$outcome"
}

# Sends a request and reads the answer into `body`, `http_status` and its `kind`: the API's own
# `success` or `error`, some other JSON `object`, or `other`.
ask() { # request
  local curl_status=0 response reason seconds=75
  # A report may take a minute, and then says so; a trial is over after 150 s, answered or not.
  if [ "$action" = try ]; then seconds=160; fi
  # -q: a .curlrc with `verbose` would print the key.
  response=$(
    curl -q --config <(curl_config) --silent --show-error --globoff --connect-timeout 5 --max-time "$seconds" \
      --data-binary @- --write-out '\n%{http_code}' 2>&1 <<<"$1"
  ) || curl_status=$?
  body=${response%$'\n'*}
  http_status=${response##*$'\n'}
  case $curl_status in
    0) ;;
    6) fail "cannot resolve the host of $supabase_url; check SUPABASE_URL" ;;
    7) fail "cannot connect to $supabase_url; check SUPABASE_URL, or start the stack" ;;
    28) fail "$supabase_url timed out$(unless_made)" ;;
    52 | 55 | 56) fail "the connection to $supabase_url closed before the answer arrived$(unless_made)" ;;
    *)
      reason=$(grep '^curl: ' <<<"$response" | head -n 1) || reason="curl exit status $curl_status"
      fail "the request to $supabase_url failed: ${reason#curl: }$(unless_made)"
      ;;
  esac
  kind=$(jq -rs '
    if length != 1 or (.[0] | type) != "object" then "other"
    elif .[0].success == true then "success"
    elif .[0].success == false and (.[0].error | type) == "object" then "error"
    else "object" end' <<<"$body" 2>/dev/null) || kind=other
}

# The request that the command line says.
build_request() {
  printf '%s\036' "${fields[@]}" | jq -Rsc --argjson impact "$impact" '
    def value($kind):
      if ($kind | test("[+]")) and . == ($kind | sub("^.*[+]"; "")) then null
      elif $kind | test("^(count|number)") then tonumber
      elif $kind == "moment" and length == 10 then . + "T00:00:00Z"
      elif $kind | test("^list") then split(",")
      elif $kind == "json" then fromjson
      elif $kind | test("^names") then if . == "none" then [] else split(",") end
      elif $kind | test("^(true|false)") then . == "true"
      elif $kind == "image" or $kind == "document" then
        split(" ") as $file
        | {type: $kind, source: {type: "base64", media_type: $file[0], data: $file[1]}}
        | if $kind == "document" then .name = ($file[2:] | join(" ")) else . end
      elif ($kind | endswith(",model")) and . == "model" then null
      else . end;
    split("\u001e")[:-1] as $fields
    | reduce range(0; $fields | length; 3) as $at ({};
        ($fields[$at + 2] | value($fields[$at])) as $value
        | if $fields[$at] | test("^(each|image|document)$") then .[$fields[$at + 1]] += [$value]
          else setpath($fields[$at + 1] | split("."); $value) end)
    # A guardrail is two fields; an ARN has colons of its own.
    | if has("guardrail") then
        (.guardrail // "" | capture("^(?<id>.*):(?<version>[^:]*)$") // {id: null, version: null}) as $guardrail
        | .guardrail_id = $guardrail.id | .guardrail_version = $guardrail.version | del(.guardrail)
      else . end
    | if .files then .content = .files + [{type: "text", text: .content}] | del(.files) else . end
    | if .action == "try" then .model_ids = [.model_id] + (.model_ids // []) | del(.model_id)
      elif .action == "create-assistant" and .model_config then
        .model_config |= with_entries(select(.value != null))
      else . end
    | if .action == "usage" and .by then
        if .by | test("^(user|api_key)$") then .bucket = "total" else .bucket = .by | del(.by) end
      else . end
    | if $impact then {action: "impact", change: .} else . end'
}

readonly jq_library='
  # What comes from outside stays on its line and in its direction, and sends the terminal no control
  # sequence.
  def clean:
    ((.trials | arrays)[].text |= split("\n"))
    | ((.evidence | objects | .words | .question, .answer | objects).content |= split("\n"))
    | "[[:cntrl:]\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+" as $controls
    | (.. | strings | select(test($controls))) |= gsub($controls; " ");
  # A text where there is something to say.
  def said($condition; text): if $condition then text else "" end;

  # --- Numbers and times ---
  # 1234567 is 1,234,567.
  def grouped:
    tostring | if test("^[0-9]{4,}$") then (.[:-3] | grouped) + "," + .[-3:] else . end;
  def zeros($count): [range($count) | "0"] | join("");
  def fixed($places):
    pow(10; $places) as $unit
    | (. * $unit | round | if . < 0 then 0 - . else . end) as $units
    | (if . < 0 then "-" else "" end) + ($units / $unit | floor | grouped) + "."
      + ($units % $unit | tostring | zeros($places - length) + .);
  # US dollars to the millionth, since a single answer may cost no more.
  def dollars:
    if . == null then "unknown" elif . > 0 and . < 0.0000005 then "<0.000001" else fixed(6) end;
  # A sum that leaves out costs that are not known is marked.
  def cost($usd; $unpriced):
    (if $usd != null and $unpriced > 0 then ">" else "" end) + ($usd | dollars);
  def cost_notes:
    (select(.unpriced > 0)
      | "The cost of \(.unpriced | grouped) of the calls is unknown; > marks a sum without them"),
    (select(.estimated_usd > 0)
      | "\(.estimated_usd | dollars) USD of it rest on estimated tokens: the models did not tell theirs"),
    (select(.trial_usd > 0) | "\(.trial_usd | dollars) USD of it are of trials, which are no turns");
  # The decimals, 2 to 6, that prices need to stand in one column.
  def places:
    map(numbers | . * 1000000 | round)
    | first(range(2; 7) as $n | select(all(.[]; . % pow(10; 6 - $n) == 0)) | $n);
  def price($places): if . == null then "unknown" else fixed($places) end;
  def prices:
    [.input_cost_per_mtok, .output_cost_per_mtok]
    | places as $places
    | if . == [null, null] then "unknown"
      else (map(price($places) | sub("^(?=[0-9])"; "$")) | join("/")) + " per million input/output tokens"
      end;
  # An amount of a limit: USD to the cent or what else they need, and whole numbers as they are.
  def amount:
    . as $amount
    | if . == floor then grouped
      else first(range(2; 7) as $n | fixed($n) | select((gsub(","; "") | tonumber) == $amount)) // fixed(6) end;
  def count: if . == null then "-" else round | grouped end;
  def percent: if . == null then "-" else "\(. * 100 | fixed(1))%" end;
  def minute: .[:16] | sub("T"; " ");
  def moment: if . == null then "-" else .[:19] | sub("T"; " ") + "Z" end;
  def period: "\(.from | minute) to \(.to | minute) UTC";

  # --- Tables and facts ---
  # A row is an array of cells, each with the title of its column and how it stands there.
  def cell($title; text): {title: $title, text: text};
  def cut($title; $width; text):
    cell($title; text | if length > $width then .[:$width - 1] + "…" else . end);
  def figure($title; text): cell($title; text) + {right: true};
  def counted($title; number): figure($title; number | count);
  # USD, in as many decimals as the column needs.
  def priced($title; number): figure($title; number) + {priced: true};
  # An id that is longer ends its line, since a cut one is of no use; the rest of the row follows.
  def id($title; $ends; text): cell($title; text) + {ends: $ends};
  def id($title; text): id($title; 41; text);
  def words($width):
    reduce split(" ")[] as $word ([];
      if length > 0 and (.[-1] + $word | length) < $width then .[-1] += " " + $word
      else . + [$word] end);
  def wrapped($title; $width; text): cell($title; text | words($width));
  # The lines of a row.
  def lines:
    def ended:
      . as $cells
      | [range(length - 1) | select(($cells[.].text | length) > ($cells[.].ends // infinite))][0]
      | if . == null then $cells
        else $cells[:. + 1], ([$cells[:. + 1][] | .text = ""] + $cells[. + 1:] | ended) end;
    range([1, (.[].text | arrays | length)] | max) as $at
    | map(.text = if .text | type == "array" then .text[$at] // "" elif $at > 0 then "" else .text end)
    | ended;
  # Prints rows below the titles of their columns. A row that is a text is a line of its own.
  def table:
    (map(arrays)[0] // empty) as $columns
    | reduce (range($columns | length) | select($columns[.].priced)) as $at (.;
        (map(arrays | .[$at].text) | places) as $places
        | map(if type == "array" then .[$at].text |= price($places) else . end))
    | [($columns | map(.text = .title)), (.[] | if type == "string" then [{text: .}] else lines end)]
    | [range($columns | length) as $at
      | [.[] | select(length > 1) | .[$at].text // "" | length
        | select(. <= ($columns[$at].ends // infinite))] | max] as $widths
    | .[] | [., $widths] | transpose
    | map((.[0].text // "") as $text
      | ([range(.[1] - ($text | length)) | " "] | join("")) as $space
      | if .[0].right then $space + $text else $text + $space end)
    | join("  ") | sub(" +$"; "");
  # Prints pairs of a term and what it is, without those that are not there.
  def facts: .[] | select(.[1] != null) | "  \(.[0]): \(.[1])";
  def listed($title; line): [line] | select(. != []) | "\($title) (\(length)):", "  \(.[])";

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
      tostring | said(test("^[=+@-]"); "\u0027") + .
      | if test("[\",]") then "\"" + gsub("\""; "\"\"") + "\"" else . end
    end;
  def csv($columns): ($columns, (.[] | [.[$columns[]]])) | map(csv_cell) | join(",") + "\r";

  # --- Models, assistants and changes ---
  def is_outside: .is_available and (.outside // []) != [];
  def state:
    if is_outside then "outside" elif .is_default then "default" elif .is_available then "available"
    elif .serves_pinned == false then "stopped" else "disabled" end;
  # As in the functions, the last day counts as past.
  def dated_end:
    (if .retires_on > (now | strftime("%Y-%m-%d")) then "ends " else "ended " end) + .retires_on;
  def legacy_note:
    select(.lifecycle != "active")
    | "\(.model_id): \(.lifecycle), \(if .retires_on then dated_end else "end date unknown" end),"
      + " successor \(.successor_model_id // "unknown")";
  def probe_words:
    if . == null then "none was made" elif .passed then "passed in \(.latency_ms) ms;"
      + " \(.input_tokens // "unknown") input and \(.output_tokens // "unknown") output tokens"
    else "FAILED (\(.error_code))" end;
  def check_line:
    "  \(if .ok == null then "-     " elif .ok then "ok    " else "FAILED" end)  \(.name): \(.message)";
  def model_facts:
    [["Model id", .model_id], ["Cost", prices], ["Format", .format], ["Accepts", .accepts]] | facts;
  def model_name: .model_id // "(no model asked)";
  def inactive: said(.is_active == false; " (not active)");
  def assistant_lines:
    (.assistants | map(select(.follows_default) | .assistant_type + inactive) | join(", ")) as $following
    | (.assistants | map(select(.follows_default | not))) as $own
    | "Follow the default: \(if $following == "" then "none" else $following end)",
      "Keep a model of their own:" + said($own == []; " none"),
      ($own[] | "  \(.assistant_type): \(.model_version)" + inactive);
  # As in the console: the change itself does not depend on the ledger.
  def not_read: "not known, as the ledger could not be read";
  def known: if . == null then "not known" else grouped end;
  def affected_lines:
    (.assistants
      | listed("Assistants that another model answers"; .[]
        | "\(.assistant_type): \(.from_model_id // "no model") -> \(.to_model_id // "NO MODEL")"
          + said(.reason == "canary"; ", its share only") + "; turns in 30 days: \(.turns | known)")),
    (.conversations | select(.pinned != 0)
      | "Pinned conversations: " + if .pinned == null then not_read
        else "\(.pinned | grouped), active in 30 days: \(.recent | known); "
          + if .keep_model then "they keep the model"
          else "answered by \(.to_model_id // "NO MODEL")" end end),
    (select(.cost == null) | "Cost: \(not_read)"),
    (.cost | values | select(.turns > 0)
      | "Cost of these turns: \(cost(.actual_usd; .unpriced)) USD;"
        + " on the other model \(.what_if_usd | dollars) USD"
        + (.difference_usd | if . == null then ""
          elif . < 0 then ", \(0 - . | dollars) less" else ", \(dollars) more" end));
  def fallback_words($any): if . == null then $any elif . == [] then "none" else join(", ") end;
  def value_words($column):
    if $column == "fallback_models" then fallback_words("any available model")
    elif $column | test("^(valid_from|expires_at|grace_ends_at)$") then moment
    elif . == null and ($column | test("^(models|dialects)$")) then "all"
    elif . == null then (if $column | test("_per_") then "unknown" else "none" end)
    elif type == "boolean" then (if . then "yes" else "no" end)
    elif type == "array" then if . == [] then "none" else map(tostring) | join(", ") end
    elif type == "object" then
      to_entries
      | map("\(.key) " + (.value | if type == "object" then "(\(value_words("")))" else value_words("") end))
      | if . == [] then "none" else join(", ") end
    else tostring end;
  def role_words: (objects | .assistant_type) // null | if . then "role \(.)" else "no role" end;
  # The address of a user who had a role or has one; who is deleted has none.
  def role_user:
    [.to, .from | objects] as $rows
    | [$rows[].email, $rows[].user_id | values][0] // "a user";
  # The row of a key that a change is of.
  def key_row: [.to, .from | objects | select(has("prefix"))][0] | values;
  def key_words: "API key \(.name) (\(.prefix)…)";
  # The row of a limit that a change is of.
  def limit_row: [.to, .from | objects | select(has("enforcement"))][0] | values;
  # As switchboard.limit_name() has it.
  def limit_words:
    [(.amount | amount), ({usd: "USD", concurrent: "turns at once"}[.unit] // .unit),
      (.period | values | if . == "total" then "in total" else "per \(.)" end),
      {project: "for the project", assistant: "for the assistant \(.assistant_type)",
        each_user: ("for each user" + said(.assistant_type; " of \(.assistant_type)")),
        user: "for user \(.user_id)", api_key: "for API key \(.api_key_id)"}[.scope]]
    | join(" ");
  # What a change of the history did, or one that a rollback makes.
  def deed:
    ((key_row | key_words) // .assistant_type // .model_id // "the settings") as $subject
    | ((limit_row | limit_words) // "") as $limit
    | ([.to, .from | objects | .user_id | values][0] // "") as $kept
    | {
      "set-default": "\(.model_id) is the default",
      "unset-default": "\(.model_id) is not the default any more",
      assign: "\(.assistant_type) answers with \(.model_id)",
      unassign: "\(.assistant_type) follows the default",
      enable: "\(.model_id) is available", retire: "\(.model_id) is retired",
      disable: "\(.model_id) is \(if .to == "stopped" then "stopped" else "disabled" end)",
      create: "\($subject) is created", delete: "\($subject) is deleted",
      update: "\($subject) is changed", "update-settings": "the settings are changed",
      "set-price": "the price of \($subject) is set",
      "schedule-price": "a later price of \($subject) is \(
        if .to == null then "taken back" else "scheduled" end)",
      "adopt-price": "a scheduled price of \($subject) came into force",
      "set-role": "\(role_user) has \(.to | role_words)",
      "set-aliases": "the names of \($subject) are set",
      "set-provider-retention": "what the provider of \($subject) keeps is set",
      "set-key-models": "the models of \($subject) are set",
      "create-api-key": "\($subject) is created", "revoke-api-key": "\($subject) is revoked",
      "rotate-api-key": "\($subject) replaces another",
      "set-alert-rule": "the rule of alerts \((.to | objects | .kind) // "") is set",
      "start-rollout": "a rollout begins for \($subject)",
      "set-rollout-share": "the share of the rollout for \($subject) is set",
      "revert-rollout": "the rollout for \($subject) is reverted",
      "end-watch": "the watch over \($subject) ended",
      "set-limit": "the limit is \($limit)",
      "remove-limit": "the limit of \($limit) is removed",
      "set-legal-hold": "the data of user \($kept) is kept",
      "remove-legal-hold": "the legal hold on user \($kept) is removed",
      erase: ({user: "what was stored of a user is erased", conversation: "a conversation is erased",
        account: "what was stored of a user who was deleted in Auth is erased",
        retention: "old conversations of \((.to | objects | .assistant_type) // "an assistant") are erased"
        }[(.to | objects | .kind) // ""] // "data is erased"),
      "export-user": "the data of a user is exported",
      "set-retention": "the retention of \($subject) is set"
    }[.action] // "\($subject): \(.action)";
  def entry_words:
    . as $entry_before
    | deed as $deed
    # Of a key, its scope, where that says something or has changed.
    | (if any(key_row; true) then
        (.from // {}) as $from | (.to // {}) as $to
        | ["assistant_type", "models", "dialects", "expires_at", "grace_ends_at"
          | select($from[.] != $to[.])] as $told
        | (.from, .to) |= (objects |= with_entries(select(.key as $key | $told | index([$key]))))
        | if $told == [] then .from = null | .to = null else . end
      # A limit names itself; what else there is to say is what holds it, and since when it does.
      elif any(limit_row; true) then
        (.from // {}) as $from | (.to // {}) as $to
        | ["amount", "enforcement", "time_zone"]
        | map(select($from[.] != $to[.] and (. != "amount" or ($from[.] and $to[.])))) as $told
        | $entry_before
        | (.from, .to) |= (objects |= with_entries(select(.key as $key | $told | index([$key]))))
        | if $told == [] or .to == null then .from = null | .to = null else . end
      # What was erased or is kept is named; the reason of a hold is mostly that of the entry.
      elif .action == "erase" then .to |= (objects |= del(.kind, .assistant_type))
      elif .action | test("legal-hold$") then
        (.from, .to) |= (objects |= (del(.user_id) | if .reason == $entry_before.reason
          then del(.reason) else . end))
      # A rule names itself.
      elif .action == "set-alert-rule" then
        .from as $from | .to as $to
        | (.from, .to) |= with_entries(select($from[.key] != $to[.key]))
      else . end) as $entry
    | $entry
    | $deed
      + if .action == "set-role" then " (before: \(.from | role_words))"
      elif [.from, .to | type] | index("object") then
        ": " + ([(.from // {}) + (.to // {}) | keys[] as $column
          | ($column | sub("_cost_per_mtok$"; " price") | sub("^is_"; "") | gsub("_"; " "))
            + " \(($entry.to // $entry.from)[$column] | value_words($column))"
            # What is new, or gone, has no former values, and what is replaced may keep some.
            + said($entry.from and $entry.to and $entry.from[$column] != $entry.to[$column];
              " (before: \($entry.from[$column] | value_words($column)))")] | join("; "))
      elif .action | test("assign$") then " (before: \(.from // "the default"))"
      elif .action == "set-default" then " (before: \(.from // "none"))"
      else said(.from != null and .action != "unset-default"; " (before: \(.from))") end;
  # How a change of a protected assistant passed.
  def approval_words:
    if .approval == "approved" then "approved" + said(.proposal_id; ", proposal \(.proposal_id)")
    elif .approval then
      (if .approval == "unapproved" then "NOT APPROVED, " else "" end)
        + (.signature | if . then "signed by \(.email // .signed_by)" else "to be signed" end)
    else empty end;
  def notes:
    said(.probe == "passed"; " (probed)") + said(.probe == "skipped"; " (not probed)")
    + said(.rollback_of; " (rollback of \(.rollback_of))")
    + ([approval_words | " (\(.))"] | add // "");
  # As in the console: the role named the actor, where Postgres does not know it itself. Of a change
  # in SQL also the login, where another role was set, and what the session calls itself.
  def actor:
    .database_role as $role
    | (.actor_email // .actor_user_id // (.actor_key_name | if . then "key \(.)" else $role end))
      + said(.actor_proven == false and (.actor_user_id // .actor_key_name); ", claimed via \($role)")
      + if .source != "sql" then ""
        else said(.session_role != $role; ", login \(.session_role)")
          + said(.application_name; ", in \(.application_name)") end;

  # --- The answers of the actions ---
  def retention_words:
    {none: "its provider keeps no traffic",
      flagged_30_days: "its provider keeps flagged traffic for up to 30 days",
      all_30_days: "its provider keeps all traffic for up to 30 days"}[.]
      // "it is not known whether its provider keeps traffic";
  def show_list:
    (.models
      | map([id("MODEL ID"; .model_id), cut("NAME"; 20; .model_name), cell("FORMAT"; .format),
        priced("USD IN"; .input_cost_per_mtok), priced("USD OUT"; .output_cost_per_mtok),
        cell("STATE"; state),
        cell("LIFECYCLE"; if .lifecycle != "active" and .retires_on then dated_end else .lifecycle end)])
      | table),
    "",
    (.models | map([id("MODEL ID"; .model_id), wrapped("ACCEPTS"; 62; .accepts // "unknown")]) | table),
    "",
    (.models | map(select((.aliases // []) != [])
      | [id("MODEL ID"; .model_id), wrapped("ALIASES"; 62; .aliases | join(", "))]) | table, ""),
    (.models[] | select(.canary_share) | "\(.model_id) gets \(.canary_share) % of the default (rollout \(.rollout_id))"),
    (.models[] | select(.use_case != null) | "For the use case \(.use_case): \(.model_id)"),
    (.models[] | legacy_note),
    (.allowed_geographies as $allowed
      | .models[] | select(is_outside)
      | "\(.model_id) is never selected: its calls may be processed in \(.outside | join(", "));"
        + " allowed: \($allowed | join(", "))"),
    (.models[] | select((.provider_retention // "none") != "none")
      | "\(.model_id): \(.provider_retention | retention_words)"),
    (.models[] | select(.last_probe.passed == false) | "\(.model_id): last probe,"
      + " \(.last_probe.created_at | moment), \(.last_probe | probe_words)"),
    (select(any(.models[]; state == "stopped")) | "stopped: disabled, also for existing conversations"),
    "\(.count) models; prices are USD per million tokens";
  def show_get_default:
    (if .default_model == null then "There is no default model"
    else .default_model
      | "Default: \(.model_name)", model_facts,
        (.last_probe | values | "  Last probe: \(.created_at | moment), \(probe_words)"),
        (select(is_outside)
          | "  Note: is never selected: its calls may be processed in \(.outside | join(", "))"),
        (legacy_note | "  Note: \(.)")
    end),
    assistant_lines;
  # A change: what it was, and what it affects.
  def show_change:
    .message,
    (select(has("probe")) | .model | values | model_facts),
    (select(has("former_model_id") and .former_model_id != .model.model_id)
      | "\(if .assistant then "Model" else "Default" end) before: \(.former_model_id // "none")"),
    (select(.assistants[0]? | type == "object") | assistant_lines),
    (.rollout_id | values | "Watched: rollout \(.); it reverts itself where clearly more fails than in the hour before"),
    (select(has("probe") and .model) | "Probe: \(.probe | probe_words)"),
    (.affected | values | affected_lines);
  # How much of a limit that is set, or would be, is used already.
  def used_now:
    "Used now: " + (if . == null then "not counted" elif .count == 0 then "nothing" else
      "\(.windows[0].spent + .windows[0].held | amount)"
      + said(.count > 1; " by the user who used most, of \(.count | grouped)") end)
    + said(. != null and .count > 1; "; at 80 % or more: \(.near | grouped); at the limit: \(.full | grouped)");
  def limit_terms:
    "\(.amount | amount) \(.name) (\(.enforcement)" + said(.time_zone != "UTC"; ", \(.time_zone)") + ")";
  def show_impact:
    if .limit then
      (.limit
        | "The limit would be \(limit_terms)" + said(.former; ", instead of \(.former | limit_terms)"),
          (.impact | used_now))
    else
      [.affected | affected_lines]
      | if . == [] then "No assistant, conversation or cost is affected" else .[] end
    end,
    "Nothing was changed";
  def successor_words:
    "\(.model_id)" + said(.is_recorded | not; " (proposed)")
    + said(.input_price_ratio; ", \(.input_price_ratio) x the price of input")
    + said(.output_price_ratio; ", \(.output_price_ratio) x of output")
    + said(.is_available | not; ", not available");
  def show_retire:
    .message,
    (.proposed | values | "Successor to take: \(successor_words)"),
    (.uses
      | (select(.is_default) | "Default: yes"),
        listed("Model of"; .assistants[]), listed("In the fallbacks of"; .fallback_lists[]),
        listed("In the allowed models of"; .allowed_lists[]), listed("Aliases"; .aliases[]),
        listed("Named by"; .api_keys[] | key_words), listed("Successor of"; .successor_of[]),
        listed("Compared by rollouts, which end"; .rollouts[]),
        listed("Conversations pinned to it: \(.conversations | grouped)"; .pins[]
          | "\(.assistant_type): \(.conversations | grouped), active in 30 days: \(.recent | grouped)")),
    (.affected | values | affected_lines),
    (select(.dry_run) | "Nothing was changed");
  def show_list_lifecycle:
    (.models
      | map([id("MODEL ID"; .model_id), cell("LIFECYCLE"; .lifecycle), cell("LEGACY"; .legacy_on // "-"),
          cell("EXTENDED"; .extended_access_on // "-"), cell("ENDS"; .retires_on // "-"),
          figure("DAYS"; .days_left // "-" | tostring), cell("IN USE"; if .is_in_use then "yes" else "no" end)],
        "  successor: " + (.successor | if . then successor_words else "none" end))
      | table),
    "Models: \(.count)";
  def show_list_assistants:
    (.default_model_id as $default
    | .assistants
    | map([cell("ASSISTANT"; .assistant_type + inactive), cut("NAME"; 24; .name),
      id("MODEL"; .model_version // "default (\($default // "there is none"))"),
      wrapped("FALLBACKS"; 41; .fallback_models | fallback_words("any")),
      cell("ON DISCONNECT"; .on_disconnect)])
    | table),
    (.assistants[] | select(.is_protected)
      | "\(.assistant_type): protected, so that its changes need a second person"),
    (.assistants[] | select(.allow_provider_retention)
      | "\(.assistant_type): models may answer whose provider keeps traffic"),
    (.assistants[] | select(.canary_share)
      | "\(.assistant_type): \(.canary_model_id) gets \(.canary_share) % (rollout \(.rollout_id))"),
    (.assistants[] | select(.max_output_tokens)
      | "\(.assistant_type): answers of at most \(.max_output_tokens | grouped) tokens"),
    (.assistants[] | select(.guardrail_id)
      | "\(.assistant_type): guarded by \(.guardrail_id), version \(.guardrail_version)"),
    (.assistants[] | select(.requires_evaluation)
      | "\(.assistant_type): its model changes only with a passing evaluation"
        + said(.evaluation_max_age_days; ", at most \(.evaluation_max_age_days | grouped) days old")),
    (.assistants[] | select(.keep_days)
      | "\(.assistant_type): conversations are erased \(.keep_days | grouped) days after their last turn");
  def evaluation_state:
    if .is_passing | not then "FAILED" elif .is_of_present_prompt then "passed"
    else "passed, other prompt" end;
  def show_list_evaluations:
    (.evaluations
      | map([id("MODEL"; .model_id), cut("ASSISTANT"; 20; .assistant_type),
        figure("PASSED"; "\(.passed) of \(.passed + .failed + .errors)"),
        counted("ERRORS"; .errors), cell("RAN"; .ran_at | moment), cell("STATE"; evaluation_state)])
      | table),
    "Evaluations: \(.count)";
  def show_attach_evaluation:
    .message,
    (.evaluation
      | [["Failed", .failed], ["Errors", .errors], ["Score", (.score | fixed(2))],
        ["Ran", (.ran_at | moment)], ["SHA-256 of the file", .result_hash],
        ["Prompt and settings", if .is_of_present_prompt then "the present ones" else "changed since" end]]
      | facts);
  def show_settings:
    (.message | values),
    (.settings | to_entries
      | map([cell("SETTING"; .key),
        cell("VALUE"; .value | if type == "array" then join(",") else tostring end)])
      | table);
  def show_prices:
    .message // "Prices of \(.model_id) in USD per million tokens; READ and WRITE are of the cache",
    (.prices
      | map([cell("FROM"; .valid_from | moment), cell("TO"; .valid_to | moment), cell("STATE"; .state),
        priced("INPUT"; .input_cost_per_mtok), priced("OUTPUT"; .output_cost_per_mtok),
        priced("READ"; .cache_read_cost_per_mtok), priced("WRITE"; .cache_write_cost_per_mtok),
        priced("WRITE 1H"; .cache_write_1h_cost_per_mtok),
        figure("LONG PROMPTS"; if .long_prompt_tokens then
          "x \(.long_prompt_factor) above \(.long_prompt_tokens | grouped)" else "-" end)])
      | table);
  def show_list_roles($all):
    (.roles | map([id("USER"; .email // .user_id), cell("ASSISTANT"; .assistant_type),
      cell("SINCE"; .since | moment)]) | table),
    "Users shown: \(.count)" + said($all and .count < ($rows // 50); "; all others talk to health"),
    (select(.count >= ($rows // 50)) | .roles[-1]
      | "There may be more: \(said(.email; "--after \(.email | @sh) "))--after-id \(.user_id)");
  def show_validate:
    "\(.model.model_name) (\(.model.model_id)) is \(if .valid then "valid" else "NOT valid" end)",
    (.model.aliases // [] | select(. != []) | "  Also named: \(join(", "))"),
    (.checks[], .probe.checks[]? | check_line);
  def show_aliases:
    .model | "\(.model_name) (\(.model_id))",
      if .aliases == [] then "  No aliases" else "  \(.aliases[])" end;
  # The scope of a key, and who created it.
  def key_terms:
    [(.assistant_type | values | "assistant \(.)"), (.models | values | "models \(join(", "))"),
      (.dialects | values | "dialects \(join(", "))"), (.ends_at | values | "expires \(moment)"),
      "created \(.created_at[:10]) by \(.created_by)"]
    | join("; ");
  def show_list_api_keys:
    (.api_keys
      | map([cell("ID"; .id), cut("NAME"; 20; .name), cell("KEY"; .prefix + "…"),
          cell("STATE"; .state), cell("LAST USED"; .last_used_on // "never")],
        (key_terms | words(94)[] | "  \(.)"))
      | table),
    "Keys: \(.count)";
  def bar:
    ([. * 10 | floor, 10] | min) as $full
    | "[" + ([range($full) | "#"] | join("")) + ([range(10 - $full) | "."] | join("")) + "] \(percent)";
  # How much of a limit a window has used.
  def used($most):
    (.spent + .held) as $used
    | [cell("USED"; if $most > 0 then $used / $most | bar elif $used > 0 then "full" else "none may" end),
      figure("SPENT"; .spent | amount), figure("HELD"; .held | amount), figure("LEFT"; .left | amount)];
  def until: .window_end // "" | if . == "" then "-" else minute end;
  def state_lines:
    select(.scope.kind == "each_user")
    | "  Users in this period: \(.count | grouped); at 80 % or more: \(.near | grouped);"
      + " at the limit: \(.full | grouped)";
  def limit_title:
    "\(.amount | amount) \(.name)" + said(.scope.kind | test("^(user|api_key)$"); " (\(.scope.id))")
    + said(.time_zone != "UTC" and .period != null; ", \(.time_zone)");
  def show_limit_status($one):
    if .limits == [] then "No limits"
    else
      (.limits
        | map(. as $limit
          | "\(.id)  \(limit_title), \(.enforcement)",
            state_lines,
            (if $one then .windows[] else .windows[0] | values end
              | [cell("LIMIT OR USER"; "  " + (.user_id // (if $limit.scope.kind == "each_user" then "a user who is deleted" else "all" end)))]
                + used($limit.amount) + [cell("UNTIL (UTC)"; until)]))
        | table),
      (select($one | not) | "Limits: \(.count); of each user, the one who is nearest to it")
    end;
  def show_set_limit:
    .message, (.impact | used_now);
  def show_remove_limit: .message;
  # What a rollout is about.
  def rollout_scope: .assistant_type // "default";
  def rollout_state:
    if .ended_at then .outcome
    elif .found_worse_at and .problem then "WORSE, cannot be reverted"
    elif .found_worse_at then "WORSE, ends with the next answer"
    elif .watch_until then "watched until \(.watch_until | minute)"
    else "under way" end;
  def rollout_table:
    map([cell("ID"; "\(.id)"), cell("FOR"; rollout_scope), id("MODEL"; .model_id),
      id("INSTEAD OF"; .former_model_id),
      figure("SHARE"; .share | if . then "\(.) %" else "-" end), cell("STATE"; rollout_state),
      cell("VERDICT"; .verdict | gsub("_"; " "))])
    | table;
  # A figure of a guard: points of errors, or how many times as much.
  def guard_figure($guard):
    if . == null then "-"
    elif $guard == "errors" then (if . > 0 then "+" else "" end) + fixed(1)
    else fixed(2) + " x" end;
  def guard_lines:
    . as $guards
    | [["errors", "errors, in points"], ["first_token", "time to first token"],
        ["time", "whole time"], ["cost", "cost"]]
    | map(.[0] as $guard | .[1] as $title | $guards[$guard]
      | [cell("GUARD"; $title), figure("FOUND"; .estimate | guard_figure($guard)),
        figure("FROM"; .lower | guard_figure($guard)), figure("TO"; .upper | guard_figure($guard)),
        figure("TOLERATED"; .tolerated | guard_figure($guard)),
        cell("VERDICT"; .verdict | gsub("_"; " "))])
    | table;
  def forecast_words:
    if .more_units == null then "cannot be told yet"
    else "about \(.more_units | grouped) more conversations and calls"
      + (if .more_hours == null then "; none came in the last hours"
        else ", \(.more_hours | if . < 48 then "\(. * 10 | round / 10) hours" else "\(. / 24 | round) days" end)"
          + " at the traffic of the last hours" end) end;
  def rollout_figures:
    . as $rollout
    | .figures
    | if . == null then "The tick has not looked at it yet"
      else
        ([[$rollout.model_id, .canary], [$rollout.former_model_id, .former]]
          | map(.[0] as $model | .[1]
            | [id("MODEL"; $model), counted("CONVERSATIONS AND CALLS"; .units),
              counted("WITH AN ERROR"; .errors), counted("MEASURED"; .answered)])
          | table),
        "",
        (.guards | guard_lines),
        "",
        (.forecast | values | "A verdict takes: \(forecast_words)"),
        "Figures of: \(.measured_at | moment)"
      end;
  def verdict_words:
    "\(.id)  \(.created_at | moment)  \(.verdict | gsub("_"; " ")) (\(.guard | gsub("_"; " "))\(.figures.code | if . then ": \(.)" else "" end))";
  def show_list_rollouts($one):
    if .rollouts == [] then "No rollouts"
    else
      (.rollouts | rollout_table),
      (select($one) | .rollouts[]
        | (.problem | values | "Problem: \(.)"), "", rollout_figures, (.verdicts | listed("Verdicts"; .[] | verdict_words)))
    end;
  def show_verify_verdict:
    .verification
    | if .ok then "The ledger gives the same figures"
      else listed("The ledger gives OTHER FIGURES"; .differences[]
        | "\(.name): \(.computed), not \(.stored)") end;
  def show_list_alerts:
    (.alerts
      | map([cell("ID"; .id), cell("KIND"; .kind),
          cell("STATE"; if .closed_at then "closed" elif .acknowledged_at then "acknowledged" else "OPEN" end),
          cell("SINCE"; .closed_at // .opened_at | moment)],
        (.summary | words(94)[] | "  \(.)"),
        (.acknowledged_by | values | "  Acknowledged by \(.)"))
      | table),
    "Open alerts: \(.open_count)";
  def show_list_alert_rules:
    .rules
    | map([cell("KIND"; .kind), cell("ACTIVE"; if .is_active then "yes" else "no" end),
        figure("OPENS AT"; .open_at // "-" | tostring), figure("CLOSES AT"; .close_at // "-" | tostring),
        counted("LEAST"; .least_count), counted("MINUTES"; .window_minutes)])
    | table;
  def show_status:
    (.steps
      | map([cell("STEP"; .step), cell("LAST RAN"; .last_ran_at | if . then moment else "never" end),
        cell("STATE"; {failed: "FAILED", not_ok: "NOT OK", not_set_up: "not set up"}[.state]
          // .state),
        wrapped("NOTE"; 60; .last_error // .result.problem // .result.skipped
          // (if (.result.waiting // 0) > 0 then
            "changes that wait for sync --apply: \(.result.waiting)" else "" end))])
      | table),
    "Last tick: \(.last_ran_at | if . then moment else "never" end)"
      + said(.is_late; ", which is late"),
    "Open alerts: \(.open_alerts)",
    (.data_retention[]?
      | "Data retention mode of the AWS account in \(.region): \(.mode // "not known")"
        + " (read \(.read_at | moment))"),
    (.warnings[]? | "Warning: \(.)" | words(94)[]);
  # On stderr, beside the key.
  def show_new_key:
    .message,
    (.api_key | "  Id: \(.id)", "  \(key_terms | words(94)[])"),
    "This is the only time that the key is shown:";
  def show_try:
    "Asked as \(.assistant.name)",
    (.trials
      | map([id("MODEL"; .model_id), cell("STATUS"; .status),
        counted("FIRST TOKEN MS"; .time_to_first_token_ms), counted("MS"; .response_time_ms),
        counted("TOKENS IN"; .input_tokens), counted("TOKENS OUT"; .output_tokens),
        figure("COST USD"; .cost_usd | dollars)])
      | table),
    (.trials[]
      | "", "--- \(.model_name) (\(.model_id))", .text[],
        (.error | values | "FAILED: \(.message) (\(.code))"));
  def show_explain:
    .explanation
    | .summary,
      ([["Message", .message_id], ["Request", .request_id], ["Conversation", .conversation_id],
        ["Assistant", .assistant_type], ["Begun", (.at | moment)],
        ["Status", .status + said(.error_code; " (\(.error_code))")],
        ["Registry version", "\(.registry_version // "unknown")"
          + said(.registry_known | not; ", which the history does not tell")]] | facts),
      (.rules
        | map([cell("RULE"; .rule), id("MODEL"; .model_id // "-"), cell("OUTCOME"; .outcome),
          wrapped("WHY"; 60; .message)])
        | table);
  def link: values | "\(.table) \(.id)";
  def show_evidence:
    # In the names that an entry of the history has.
    def by: {source} + (.actor | {
      actor_email: .email, actor_user_id: .user_id, actor_key_name: .key_name,
      actor_proven: .proven, database_role, session_role, application_name}) | actor;
    def switched($title):
      values
      | [$title, .action + said(.model_id; " \(.model_id)") + " (\(.link | link))"],
        ["  At", (.created_at | moment)], ["  By", by], ["  Reason", .reason],
        ["  Hash", .hash], ["  Probe", .probe_result], ["  Approval", .approval],
        ["  Proposal", (.proposal | values
          | "\(.link.id), decided by \(.decided_by_email // .decided_by // .decided_by_key // "-")")],
        ["  Signed by", (.signature | values | .email // .signed_by)];
    .evidence
    | .explanation.summary,
      ([["Message", .explanation.message_id], ["Request", .explanation.request_id],
        ["Asked over", .asked.surface], ["User, as a hash", .asked.user_hash],
        ["API key", (.asked.api_key | values | "\(.name) (\(.prefix))")],
        ["Generated", (.provenance.generated_at | values | moment)],
        ["Function ran in", .regions.function_region],
        ["Model called in", .regions.model_region],
        ["Model ran in", (.regions.model_geographies | values | join(", "))],
        ["Prompt, as a hash", .figures.prompt_hash],
        (.switches.model | switched("Switch")),
        (.switches.availability | switched("Made available")),
        (.switches.prompt | switched("Prompt of")),
        ["Pinned by", (.pinned_by | link)],
        ["Probe", (.probe | values | "\(.link | link), \(if .passed then "passed" else "failed" end)")],
        ["Evaluation", (.evaluation | values
          | "\(.link | link), \(.passed) passed, \(.failed) failed, \(.errors) errors")],
        ["Rollout", (.rollout | values | "\(.link | link), \(.outcome // "under way")"
          + said(.verdicts[-1]; ", found \(.verdicts[-1].verdict | gsub("_"; " "))"))],
        ["Cost", (.figures.cost_usd | values | "\(.) USD")],
        ["Prices", (.calls[-1].price | values | "\(.link | link)" + said(.source_url; ", \(.source_url)"))],
        ["Cut by a limit", (select(.limits.was_cut) | "\(.limits.answer_tokens_left) tokens were left")],
        ["Guardrail", (.guardrail | values | "\(.id), version \(.version)"
          + said(.intervened; ", intervened"))],
        ["Ledger", (.records.ledger | link)],
        ["Audit log", "\(.audit_log.entries) entries, "
          + if .audit_log.ok then "verified" else .audit_log.problem end],
        ["Its hash", .audit_log.hash]] | facts),
      (.words | select(.why != "not-asked")
        | if .available then "", "Question:", .question.content[], "", "Answer:",
            (.answer.content // ["none"] | .[])
          else "No words: \(.why | sub("-"; " "))" end);
  # A proposed change: its action and what it is given.
  def change_words:
    .action + ": " + (del(.action)
      | with_entries(.key |= gsub("_"; " ") | .value |= if type == "string" and length > 200
        then "\(length) characters" else . end)
      | value_words(""));
  def proposal_lines:
    "\(.id)  \(.status)  \(.created_at | moment)  \(.proposed_by_email // .proposed_by
      // (.proposed_by_key | if . then "key \(.)" else null end) // .database_role)",
    ((.change | change_words), (.reason | values | "Reason: \(.)"),
      (select(.effective_at) | "Effective from \(.effective_at | moment)"),
      (select(.status == "open") | "Can be approved until \(.expires_at | moment)"),
      (select(.decided_at) | "Decided on \(.decided_at | moment) by \(.decided_by_email
        // .decided_by // (.decided_by_key | if . then "key \(.)" else "a database role" end))"
        + said(.decision_reason; ": \(.decision_reason)")),
      (.problem | values | "Not applied: \(.)")
      | words(94)[] | "    \(.)");
  def show_proposal: .message, (.proposal | proposal_lines);
  def show_list_proposals:
    (.proposals[] | proposal_lines),
    (select(.proposals == []) | "No proposals"),
    (.unsigned | select(. != []) | "", "To be signed by another platform admin than the actor:",
      (.[] | "\(.id)  \(.created_at | moment)  \(actor)",
        (entry_words + notes | words(94)[] | "    \(.)")));
  def show_sign: .message;
  def erasure_name:
    if .kind == "retention" then "retention of \(.assistant_type)" else .kind end;
  def show_list_erasures:
    (.erasures
      | map(.receipt | [cell("ID"; "\(.id)"), cell("ERASED"; erasure_name), cell("STATE"; .status),
        counted("CONVERSATIONS"; .conversations), counted("MESSAGES"; .messages),
        counted("FILES"; .objects), cell("ENDED"; .ended_at | moment),
        cell("BACKUPS UNTIL"; .backups_until // "-")])
      | table),
    (select(.erasures == []) | "No erasures");
  def show_erasure:
    .message,
    (.receipt
      | [["Receipt", .id], ["Conversations", .conversations], ["Messages", .messages],
        ["Files", .objects], ["Windows of limits", .limit_windows], ["User, as in the ledger", .user_hash],
        ["Backups may hold it until", .backups_until]]
      | facts);
  def show_list_legal_holds:
    (.holds
      | map([id("USER"; .email // .user_id), cell("STATE"; if .in_force then "in force" else "over" end),
          cell("UNTIL"; .until // "removed"), cell("SINCE"; .created_at | moment)],
        (.reason | words(94)[] | "  \(.)"))
      | table),
    "Legal holds: \(.count)";
  def show_history:
    (.switches[]
      | "\(.id)  \(.created_at | moment)  \(.source)  \(actor)",
        (entry_words + notes, (.reason | values | "Reason: \(.)")
          | words(94)[] | "    \(.)")),
    (select(.switches == []) | "No entries");
  def show_rollback:
    .message,
    (.changes[] | "  \(deed)"),
    "Default: \(.default_model.model_id // "none")",
    (.next | if . == null then "Nothing is left to roll back"
      else "The next rollback would undo \(.id) of \(.created_at | moment): \(deed)"
        + said(.reason; " (\(.reason))") end);
  def show_verify_history:
    .verification
    | if .ok then "The history is intact: \(.entries) entries", "  Last hash: \(.last_hash)"
      else "The history has been TAMPERED WITH" + said(.broken_id; ", from entry \(.broken_id) on"),
        "  \(.problem)" end;
  def show_sync:
    def end_of: .lifecycle + said(.retires_on; ", \(dated_end)");
    "Compared with the AWS catalog in \(.region)",
    "Data retention mode of the AWS account: \(.data_retention_mode // "not known")",
    (.report
      | listed("Not registered"; .new[] | "\(.model_id)  \(.name) (\(.provider)), \(end_of)"
          + said(.allowed | not; "; may leave the allowed geographies")),
        listed("Registered, but not in the AWS catalog"; .gone[]
          | "\(.model_id)  \(if .ended then "ended" else "end unknown" end)"
            + said(.is_available; ", but available")),
        listed("Lifecycle changes"; .lifecycle[]
          | "\(.model_id)  \(.from | end_of) -> \(.to | end_of)"
            + said(.applies | not; "; unchanged: it has ended")),
        listed("Served through an inference profile only"; .needs_profile[] | "\(.model_id)  "
          + if .profile_id then "use \(.profile_id)"
          else "no profile stays in the allowed geographies" end
          + said(.profile_is_registered; ", which is registered"))),
    listed("Processed in other geographies than registered"; .changes[]
      | select(.kind == "set-geographies")
      | "\(.model_id)  \(.from // ["unknown"] | join(", ")) -> \(.geographies | join(", "))"),
    listed("Registered without what AWS lists that they take"; .changes[]
      | select(.kind == "set-capabilities") | "\(.model_id)  \(.capabilities | join(", "))"),
    (.report
      | listed("Registered, but may leave the allowed geographies"; .leaves_geography[]
          | select(.is_registered) | "\(.model_id)  \(.outside | join(", "))"
            + said(.is_available; "; available, but never selected")),
        listed("Called in another region"; .not_compared[] | "\(.model_id)  \(.region)")),
    if .applied then "\(.applied | length) changes were made"
    elif .changes == [] then "Nothing to change"
    else "\(.changes | length) changes; nothing was changed, --apply makes them" end;

  # --- Reports ---
  # The rows of a report, those of each hour, day or month under its name.
  def by_bucket($bucket; row):
    group_by(.bucket_start)
    | map((.[0].bucket_start
        | if $bucket == "total" then empty elif $bucket == "hour" then minute + "Z"
          elif $bucket == "day" then .[:10] else .[:7] end),
      (.[] | row));
  # Whom a row of a report is by.
  def caller_name($by):
    if $by == "key" then .api_key_name // .api_key_id // "(no key)"
    else .user_id // (.user_hash | if . then "(deleted, \(.[:8])…)" else "(no user)" end) end;
  def show_usage($by):
    def row($name; $assistant):
      (if $by then [id($by | ascii_upcase; 36; $name)]
        else [id("MODEL"; 25; $name), cut("ASSISTANT"; 12; $assistant)] end)
      + [counted("TURNS"; .turns),
        counted("ERRORS"; .partial + .failed), counted("FALLBACKS"; .fallbacks),
        counted("TOKENS IN"; .input_tokens + .cache_read_tokens + .cache_write_tokens),
        counted("TOKENS OUT"; .output_tokens)];
    .bucket as $bucket
    | "Usage, \(period)",
      ((.usage | by_bucket($bucket;
          if $by then row(.caller | caller_name($by); "") else row(model_name; .assistant_type // "-") end))
        + [.totals | row("TOTAL"; "")] | table),
      (select(.left_out > 0) | "Not shown: \(.left_out | grouped) that cost less"),
      "New conversations: \(.totals.conversations | grouped); tokens in include cached tokens",
      (.totals | "Cost: \(cost(.cost_usd; .unpriced)) USD; details in \"costs\"", cost_notes);
  def show_costs:
    def row($name; $assistant; $usd):
      [id("MODEL"; $name), cut("ASSISTANT"; 24; $assistant), counted("TURNS"; .turns),
        figure("COST USD"; cost($usd; .unpriced))];
    def month_row($name):
      [id(""; $name), figure("TO DATE USD"; cost(.to_date_usd; .unpriced)),
        figure("PROJECTED USD"; cost(.projected_usd; .unpriced))];
    .bucket as $bucket
    | "Costs, \(period)",
      ((.costs | by_bucket($bucket; row(model_name; .assistant_type // "-"; .cost_usd)))
        + [.turns = (.costs | map(.turns) | add // 0) | row("TOTAL"; ""; .total_usd)] | table),
      cost_notes,
      "",
      (.month
        | "The month \(.month_start | .[:7]), \(.elapsed_fraction | percent) of it",
          ([(.by_model[] | month_row(model_name)),
            (.by_assistant[] | month_row("assistant \(.assistant_type // "none")")), month_row("TOTAL")] | table),
          "Projected linearly over the rest of the month");
  def show_performance:
    def row:
      [id("MODEL"; 25; model_name), counted("ANSWERS"; .answers), counted("ERRORS"; .errors),
        figure("MEAN ± SD MS"; (.mean_ms | count) + said(.stddev_ms; " ± \(.stddev_ms | count)")),
        counted("P50 MS"; .p50_ms), counted("P95 MS"; .p95_ms), counted("P99 MS"; .p99_ms),
        figure("TTFT P50/P95 MS"; .ttft_p95_ms as $p95
          | .ttft_p50_ms | count + said(.; "/\($p95 | count)"))];
    .bucket as $bucket
    | "Performance, \(period)",
      (.performance | by_bucket($bucket; row) | table),
      "Times of complete answers; TTFT is the time to the first token";
  def show_switch_effect:
    def row($name):
      [cell(""; $name), counted("TURNS"; .turns), counted("ERRORS"; .errors),
        figure("ERROR RATE"; .error_rate | percent), counted("MEAN MS"; .mean_ms),
        counted("P95 MS"; .p95_ms),
        figure("USD PER TURN"; if .turns == 0 then "-" else .cost_per_turn_usd | dollars end)];
    "Switches, \(period), with \(.window_hours) hours before and after",
    (.switches[:$rows // infinite][]
      | "",
        "\(.switch_id)  \(.created_at | moment)  \(.source)  \(.action)"
        + said(.assistant_type; " of \(.assistant_type)") + notes,
        "  \(.from_model_id // "none") -> \(.to_model_id // "none")",
        ([(.before | row("  before")), (.after | row("  after"))] | table),
        (.convergence
          | "  Begun after it: \(.answers | grouped); by an older registry, until now:"
            + " \(.older | grouped)" + said(.first_answer_ms;
              "; the first on it ended after \(.first_answer_ms | count) ms"))),
    "",
    (select(.switches == []) | "No switches in this period");
  def show_what_if:
    def row($name):
      [id("MODEL THAT ANSWERED"; $name), counted("TURNS"; .turns),
        figure("ACTUAL USD"; .actual_usd | dollars), figure("WHAT IF USD"; .what_if_usd | dollars)];
    def share($word): said(.actual_usd > 0; ", \(.difference_usd / .actual_usd | percent) \($word)");
    "What if \(.model_name) (\(.model_id)) had answered",
    period,
    ([(.by_model[] | row(model_name)), row("TOTAL")] | table),
    "Difference: " + if .difference_usd == null then "unknown"
      elif .difference_usd > 0 then "\(.difference_usd | dollars) USD more" + share("more")
      elif .difference_usd == 0 then "none"
      else .difference_usd = 0 - .difference_usd
        | "\(.difference_usd | dollars) USD less" + share("saved") end,
    (select(.unpriced > 0)
      | "The actual cost is higher: that of \(.unpriced | grouped) calls is unknown"),
    (select(.cache_as_input) | "Cached tokens are counted as input: the model has no price for them"),
    "An estimate: the same tokens at the prices of now. Models split text into tokens of their own,",
    "and would have answered at another length.";

  # As comma-separated values.
  def show_csv($action):
    {
      list: "model_id model_name provider format state lifecycle retires_on successor_model_id use_case
        input_cost_per_mtok output_cost_per_mtok cache_read_cost_per_mtok cache_write_cost_per_mtok
        cache_write_1h_cost_per_mtok accepts aliases",
      history: "id created_at actor source action model_id assistant_type change reason probe
        rollback_of registry_version",
      usage: "bucket_start model_id assistant_type turns complete partial failed fallbacks interventions
        conversations input_tokens output_tokens cache_read_tokens cache_write_tokens cache_write_1h_tokens
        thinking_tokens cost_usd unpriced estimated_usd trials trial_usd",
      costs: "bucket_start model_id assistant_type turns cost_usd unpriced estimated_usd trial_usd",
      performance: "bucket_start model_id answers errors mean_ms stddev_ms p50_ms p95_ms p99_ms
        ttft_mean_ms ttft_p50_ms ttft_p95_ms ttft_p99_ms"
    }[$action] as $named
    # Users and keys take the place of models and assistants.
    | (if any(.usage[]?; .caller) then
        $named | sub("model_id assistant_type"; "user_id user_hash api_key_id api_key_name")
      else $named end) as $columns
    | .models // .switches // .[$action]
    | map(if $action == "usage" then . + (.caller // {})
      elif $action == "list" then .state = state | .aliases = (.aliases // [] | join(","))
      elif $action == "history" then .actor = actor | .change = entry_words else . end)
    | csv([$columns | splits("\\s+")]);
'

# Runs a jq program over the answer.
show() { # jq program [jq options …]
  local program=$1 status=0
  shift
  jq -r --argjson rows "$rows" "$@" "$jq_library clean | $program" <<<"$body" 2>/dev/null || status=$?
  [ "$status" -ne 5 ] || fail "unexpected answer from $supabase_url; an older version may be deployed there"
  [ "$status" -eq 0 ] || exit 1
}

# Ends the command if the answer is no success.
require_success() {
  [ "$kind" != success ] || return 0
  if $json && [ "$kind" != other ]; then printf '%s\n' "$body"; fi
  case $kind in
    error)
      problem=$(show '.error | "\(.message)\(said(.hint; " \(.hint)")) (\(.code))"')
      case $problem in *'(invalid_request)') fail "$problem" 2 ;; *) fail "$problem" ;; esac
      ;;
    object) # The gateway answered, not the function.
      fail "$(show '
        "\($url) answered HTTP \($status): \(.message // .msg // .error // tojson)"
        + "; check that the function manage-bedrock-models is deployed there"' \
        --arg url "$supabase_url" --arg status "$http_status")"
      ;;
    *) fail "$supabase_url answered HTTP $http_status with a body that is not JSON; check that it is the URL of a Supabase project" ;;
  esac
}

# The API takes all settings of an assistant at once: those that are not named stay as they are.
keep_assistant_settings() {
  local outcome='' # this changes nothing
  ask '{"action":"list-assistants"}'
  require_success
  request=$(jq -cs '
    .[0] as $request | .[1] as $answer
    | ($answer.assistants | map(select(.assistant_type == $request.assistant_type))[0]) as $former
    | ($request | .model_config = (($former.model_config // {}) + .model_config
      | with_entries(select(.value != null))))
    + {expected_version: $answer.registry_version}' <<<"$request$body")
}

# Erasing cannot be undone: a person says that it is meant.
confirm_erasing() {
  local said=''
  case $names in *' --yes '*) return ;; esac
  [ -t 0 ] || fail "${command[0]} needs --yes where there is no terminal to ask on" 2
  printf 'Erase what is stored of %s? It is gone for good. Type yes: ' "${words[1]}" >&2
  read -r said || true
  [ "$said" = yes ] || fail 'nothing was erased'
}

# Asks until all is erased, or nothing moves any more.
erase_all() {
  local left='' former
  while
    ask "$request"
    require_success
    former=$left left=$(show .message)
    [ "$(show .status)" = running ] && [ "$left" != "$former" ]
  do
    $json || printf '%s\n' "$left" >&2
  done
}

# Writes an export to where it is wanted, as it comes. Its lines begin with their type; whatever else
# comes is an error, and the last line says that nothing is missing.
export_lines() {
  local output='' rest='' last='' status=0 i
  for ((i = 0; i < ${#given[@]}; i += 2)); do
    case ${given[i]} in --output) output=${given[i + 1]} ;; esac
  done
  exec 4>&1
  if [ -n "$output" ]; then
    umask 077
    set -o noclobber
    { exec 4>"$output"; } 2>/dev/null || fail "cannot write $output, or it is there already" 2
    set +o noclobber
  fi
  rest=$(
    { curl -q --config <(curl_config) --silent --show-error --no-buffer --globoff --connect-timeout 5 --speed-limit 1 --speed-time 120 \
      --data-binary @- --write-out '\n%{http_code}' 2>&1 <<<"$request" || printf '\n%s' "exit $?"; } |
      LC_ALL=C awk '
        /^[{]"type":/ { print; last = length($0) < 1000 ? $0 : ""; next }
        length($0) { print > "/dev/fd/3" }
        END { print "last " last > "/dev/fd/3" }' 3>&1 1>&4
  ) || status=$?
  exec 4>&-
  last=${rest##*last } rest=${rest%last *}
  case $last in
    '{"type":"end",'*)
      if [ -n "$output" ]; then jq -r '"Lines written: \(.lines), and the end"' <<<"$last" >&2; fi
      return
      ;;
    '{"type":"error",'*) fail "the export broke off ($(jq -r .code <<<"$last")); what was written is not the whole" ;;
  esac
  http_status=$(grep -E '^[0-9]{3}$' <<<"$rest" | tail -n 1) || http_status=000
  body=$(grep '^[{]' <<<"$rest" | head -n 1) || body=''
  if [ -n "$output" ] && [ ! -s "$output" ]; then rm -f -- "$output"; fi
  if [ -z "$body" ]; then
    fail "the connection to $supabase_url closed before the export was whole$(
      grep '^curl: ' <<<"$rest" | head -n 1 | sed 's/^curl: /: /')"
  fi
  kind=error
  jq -e '.error | objects' <<<"$body" >/dev/null 2>&1 || kind=object
  require_success
}

request=$(build_request)
case $action=$request in
  attach-evaluation=*) ;; # a model may have answered it
  *$'\357\277\275'*) fail 'what was given is not text in UTF-8' 2 ;; # jq puts this for what is not
  set-assistant=*'"model_config":'*) keep_assistant_settings ;;
esac
case $action in
  erase-*) confirm_erasing; erase_all ;;
  export-user) export_lines; exit ;;
esac
if $proposes; then
  request=$(jq -c '{reason, effective_at, expires_at} as $terms
    | {action: "propose", change: del(.reason, .effective_at, .expires_at, .expected_version)}
      + ($terms | with_entries(select(.value != null)))' <<<"$request")
fi
case $action in erase-*) ;; *) ask "$request" ;; esac
case $action in explain | evidence)
  if [ "$kind" = error ] && [[ $(show .error.code) = *_not_found ]]; then
    ask "$(jq -c '.request_id = .message_id | del(.message_id)' <<<"$request")"
  fi
  ;;
esac
require_success

new_key=false
case $action in create-api-key | rotate-api-key) new_key=true ;; esac

if $json; then
  printf '%s\n' "$body"
elif $new_key; then
  # The key alone on stdout, so that it can go where it is needed without being seen.
  show show_new_key >&2
  show .key
  show '"Registry version: \(.registry_version)", (.warnings[] | "Warning: \(.)")' >&2
else
  view=show_${action//-/_}
  case $action in
    list-roles) # Whether they are the users of all roles, or of a filter.
      case $names in *' --email '* | *' --assistant '* | *' --after'*) view="$view(false)" ;; *) view="$view(true)" ;; esac
      ;;
    validate) case ${command[*]} in *aliases) view=show_aliases ;; esac ;;
    usage)
      case $request in *'"by":"user"'*) view="$view(\"user\")" ;; *'"by":'*) view="$view(\"key\")" ;; *) view="$view(null)" ;; esac
      ;;
    list-rollouts) case ${command[*]} in rollouts) view="$view(false)" ;; *) view="$view(true)" ;; esac ;;
    limit-status) case ${command[*]} in limits) view="$view(false)" ;; *) view="$view(true)" ;; esac ;;
    *-limit | sign | attach-evaluation) ;;
    erase-*) view=show_erasure ;;
    set-retention | *-legal-hold) view=.message ;;
    approve | reject) view=show_proposal ;;
    *settings) view=show_settings ;;
    *price*) view=show_prices ;;
    rollback | sync | retire) ;;
    *) [ -z "$outcome" ] || view=show_change ;;
  esac
  if $impact; then view=show_impact; elif $proposes; then view=show_proposal; fi
  if $csv; then view="show_csv(\"$action\")"; show "$view"; else show "$view, \"Registry version: \(.registry_version)\""; fi
  show '.warnings[]? | "Warning: \(.)"' >&2
  while $pages && last=$(show '.switches[199].id // empty') && [ -n "$last" ]; do
    ask "$(jq -c ".before = $last" <<<"$request")"; require_success
    show "$view" | tail -n +2
  done
fi

case $action in erase-*) [ "$(show .status)" = "done" ] ;; esac
case ${command[*]} in *' validate' | verify | 'rollout verify'*) [ "$(show '[.valid, .verification.ok] | index(false)')" = null ] ;; esac
