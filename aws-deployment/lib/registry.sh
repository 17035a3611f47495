# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# The models in the registry of a Supabase project, over its function manage-bedrock-models.
# Reads SUPABASE_URL and service_key; both are checked by check_registry_environment.

check_registry_environment() {
  [ -n "${SUPABASE_URL:-}" ] || fail '--registry-models needs SUPABASE_URL, the URL of the project'
  [ -n "${SUPABASE_SERVICE_KEY:-}" ] ||
    fail "--registry-models needs SUPABASE_SERVICE_KEY, the project's secret key"
  case $SUPABASE_SERVICE_KEY in
    *[!A-Za-z0-9._~+/=-]*)
      fail 'SUPABASE_SERVICE_KEY contains an invalid character; copy the key alone and in full'
      ;;
  esac
  case $SUPABASE_URL in
    *[[:space:][:cntrl:]\"\\]*) fail 'SUPABASE_URL contains an invalid character' ;;
    http://?* | https://?*) ;;
    *) fail "SUPABASE_URL must begin with http:// or https://, but it is $SUPABASE_URL" ;;
  esac
  command -v curl >/dev/null || fail 'curl is required for --registry-models but not installed'
  service_key=$SUPABASE_SERVICE_KEY
  supabase_url=${SUPABASE_URL%/}
  unset SUPABASE_SERVICE_KEY # the AWS CLI gets no environment with the key in it
}

# What curl reads from its standard input, so that the key is in no process list.
registry_request() {
  printf 'url = "%s/functions/v1/manage-bedrock-models"\n' "$supabase_url"
  printf 'header = "%s"\n' "Authorization: Bearer $service_key" "apikey: $service_key" \
    'Content-Type: application/json'
}

# Prints what a jq program makes of the answer to an action that reads; the program gives nothing for
# an answer that is not one.
ask_registry() { # action, what it lists, jq program, jq options …
  local action=$1 what=$2 program=$3 response status=0
  shift 3
  # -q: a .curlrc with `verbose` would print the key.
  response=$(registry_request | curl -q --config - --silent --globoff --connect-timeout 5 \
    --max-time 60 --data-binary "{\"action\":\"$action\"}") || status=$?
  [ "$status" -eq 0 ] ||
    fail "the request to the registry at $supabase_url failed (curl exit status $status); check SUPABASE_URL"
  printf '%s' "$response" | jq -ec "$@" "if .success == true then $program else empty end" \
    2>/dev/null && return
  fail "the registry at $supabase_url did not list its $what: $(
    printf '%s' "$response" |
      jq -r '.error.message // .message // .msg // .error | strings' 2>/dev/null | one_line |
      grep . || printf 'the answer does not come from manage-bedrock-models'
  )"
}

# Prints [{model_id, region}] of the models that the functions may call: those that take new
# conversations, and those that still answer the conversations that began on them.
registry_models() {
  ask_registry list models '(.models | arrays)
    | [
      .[]
      | select((.is_available or .serves_pinned) and .lifecycle != "retired")
      | {model_id: (.model_id | strings), region: (.region // $region)}
    ]' --arg region "$region"
}

# Prints the guardrails of the assistants.
registry_guardrails() {
  ask_registry list-assistants assistants '(.assistants | arrays)
    | [.[].guardrail_id | strings] | unique'
}
