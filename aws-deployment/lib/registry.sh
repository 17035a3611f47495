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

# Prints [{model_id, region}] of the models that the functions may call: those that take new
# conversations, and those that still answer the conversations that began on them.
registry_models() {
  local response status=0 models
  # -q: a .curlrc with `verbose` would print the key.
  response=$(registry_request | curl -q --config - --silent --globoff --connect-timeout 5 \
    --max-time 60 --data-binary '{"action":"list"}') || status=$?
  [ "$status" -eq 0 ] ||
    fail "the request to the registry at $supabase_url failed (curl exit status $status); check SUPABASE_URL"
  if models=$(printf '%s' "$response" | jq -ec --arg region "$region" '
    if .success == true and (.models | type) == "array" then
      [
        .models[]
        | select((.is_available or .serves_pinned) and .lifecycle != "retired")
        | {model_id: (.model_id | strings), region: (.region // $region)}
      ]
    else empty end' 2>/dev/null); then
    printf '%s' "$models"
    return
  fi
  fail "the registry at $supabase_url did not list its models: $(
    printf '%s' "$response" |
      jq -r '.error.message // .message // .msg // .error | strings' 2>/dev/null | one_line |
      grep . || printf 'the answer does not come from manage-bedrock-models'
  )"
}
