# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# Whether the principal may do what the functions do: by simulation, and by a real call.
# Reads here, work, principal_arn, changed, probe_profile.

verdict() { # jq filter, jq options …; reads standard input
  local filter=$1
  shift
  jq -L "$here/lib" "$@" "include \"verdicts\"; $filter"
}

# Adds to $work/verdicts what IAM says about each action on each resource.
simulate() { # JSON of {actions, resources, profile_arn}
  local call=$1 actions resources profile_arn option=()
  actions=$(jq -r '.actions[]' <<<"$call")
  resources=$(jq -r '.resources[]' <<<"$call")
  profile_arn=$(jq -r '.profile_arn // empty' <<<"$call")
  if [ -n "$profile_arn" ]; then
    # Bedrock tells IAM through which profile a model is called; the policy asks for it.
    option=(--context-entries
      "ContextKeyName=bedrock:InferenceProfileArn,ContextKeyValues=$profile_arn,ContextKeyType=string")
  fi
  # "*" is what IAM assumes anyway, for actions that know no resources.
  # shellcheck disable=SC2086 # actions and ARNs hold no white space; set -f keeps * as it is
  ask_aws "simulate the permissions of $principal_arn" iam simulate-principal-policy \
    --policy-source-arn "$principal_arn" --action-names $actions --resource-arns $resources \
    ${option[@]+"${option[@]}"}
  printf '%s' "$answer" | verdict 'answers($call.actions; $call.resources)' -ec \
    --argjson call "$call" >"$work/verdict" 2>/dev/null ||
    fail 'the answer of "aws iam simulate-principal-policy" lacks what belongs in it'
}

# What the functions do, one JSON object on a line: {title, actions, resources, profile_arn}.
simulated_calls() {
  query_plan '
    (calls[] | {title: "\(.model_id), called from \(.region)", actions: invoke_actions, resources, profile_arn}),
    {
      title: "actions without a resource",
      actions: (["bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"]
        + if .api_key then ["bedrock:CallWithBearerToken"] else [] end),
      resources: ["*"],
      profile_arn: null
    }' -c
}

# Simulates every call, prints each result, and fails if any is denied.
verify_by_simulation() {
  local call attempts=1 attempt
  # IAM takes some seconds until it knows of a change everywhere.
  ! $changed || attempts=4
  simulated_calls >"$work/calls"
  : >"$work/verdicts"
  set -f
  while IFS= read -r call <&3; do
    for ((attempt = 1; ; attempt++)); do
      simulate "$call"
      if [ "$attempt" -ge "$attempts" ] || verdict 'all(.[]; .allowed)' -e <"$work/verdict" >/dev/null; then
        break
      fi
      sleep 5
    done
    jq -r .title <<<"$call"
    verdict lines -r <"$work/verdict"
    cat "$work/verdict" >>"$work/verdicts"
    # Only the first denial is waited for; by then IAM has had its time.
    verdict 'all(.[]; .allowed)' -e <"$work/verdict" >/dev/null || attempts=1
  done 3<"$work/calls"
  set +f
  local denied
  denied=$(verdict 'add | map(select(.allowed | not)) | select(. != [])
    | "\(length) of the calls are denied: \(map(describe + ": " + .reason) | join("; "))"' -rs <"$work/verdicts")
  [ -z "$denied" ] || fail "$denied"
  printf 'All %s calls are allowed.\n' "$(jq -s 'add | length' "$work/verdicts")"
}

# What Bedrock's refusal of a real call means.
explain_bedrock() {
  local text=${aws_text//’/\'}
  case $text in
    *'on-demand throughput isn'*) printf 'AWS serves it only through an inference profile; use the id of one, such as the same id with eu. before it' ;;
    *'model identifier is invalid'*) printf 'AWS does not know the id in this region' ;;
    *'marked by provider as Legacy'* | *'reached the end of its life'*) printf 'AWS serves this model no more; choose another' ;;
    *'use case details'*) printf "fill out Anthropic's use case form in the Bedrock console, once for the account, and try again after 15 minutes" ;;
    *INVALID_PAYMENT_INSTRUMENT*) printf 'the account has no valid payment method; correct it in the AWS billing console' ;;
    *aws-marketplace:*) printf 'the account has not subscribed to the model yet; let someone with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions call it once, and try again after 15 minutes' ;;
    *'Too many tokens per day'*) printf "the account's tokens per day are used up; try again tomorrow, or ask AWS for a larger quota" ;;
    *'is not authorized to perform'*'explicit deny'*) printf 'a policy denies it explicitly; if it is one of the organization, allow the region that is named' ;;
    *"have access to the model"*) printf 'the account has no access to the model in this region' ;;
    *) return 0 ;;
  esac
  printf ' '
}

# Calls each model for one token, with the credentials of the AWS CLI or of probe_profile.
probe() { # {model_id, region} as JSON, one on a line
  local model model_id model_region usage option=()
  [ -z "$probe_profile" ] || option=(--profile "$probe_profile")
  while IFS= read -r model <&3; do
    model_id=$(jq -r .model_id <<<"$model")
    model_region=$(jq -r .region <<<"$model")
    if ! try_aws bedrock-runtime converse --model-id "$model_id" --region "$model_region" \
      --messages '[{"role":"user","content":[{"text":"Hi"}]}]' \
      --inference-config '{"maxTokens":1}' --cli-connect-timeout 10 --cli-read-timeout 60 \
      ${option[@]+"${option[@]}"}; then
      local hint
      hint=$(explain_bedrock)
      if [ -n "$hint" ]; then
        fail "the call of $model_id in $model_region failed: $hint(${aws_code:+$aws_code: }$aws_text)"
      fi
      fail "the call of $model_id in $model_region failed: $(explain_aws)"
    fi
    usage=$(from_answer 'bedrock-runtime converse' '.usage
      | "\(.inputTokens | numbers) input tokens, \(.outputTokens | numbers) output"') || exit 1
    printf '  answered  %s in %s  (%s)\n' "$model_id" "$model_region" "$usage"
  done 3<<<"$1"
}

# The models to probe: those named; for families, the first that inference-profiles.json names and
# AWS offers, or else the first offered.
probed_models() {
  query_plan 'if .models != null then calls[] | {model_id, region}
    else
      [family_profiles[].id] as $offered
      | [$known[0].groups[].profiles[] | select(. as $id | $offered | index($id) != null)]
      | {model_id: (.[0] // $offered[0]), region: $region}
    end' -c --slurpfile known "$here/inference-profiles.json" --arg region "$region"
}
