# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# Whether the principal may do what the functions do: by simulation, and by a real call.
# Reads here, work, region, principal_arn, changed, probe_profile.

# What the functions do, in lines of tab-separated fields: what is called, the profile's ARN or "-",
# and actions and resources, each separated by spaces.
simulated_calls() {
  query_plan '
    (calls[] | [
      "\(.model_id), called from \(.region)",
      (.profile_arn // "-"),
      (invoke_actions | join(" ")),
      (.resources | join(" "))
    ]),
    (guardrail_arns | select(. != [])
      | ["guardrails", "-", "bedrock:ApplyGuardrail", join(" ")]),
    [
      "actions of no one model",
      "-",
      (read_actions
        + (if .api_key then ["bedrock:CallWithBearerToken"] else [] end) | join(" ")),
      "*"
    ]
    | @tsv'
}

# Sets `verdict` to what IAM says about each action on each resource: a line of JSON, as `answers`
# of lib/verdicts.jq gives it, and lines to print.
simulate() { # profile ARN or "-", actions, resources
  local option=()
  if [ "$1" != - ]; then
    # Bedrock tells IAM through which profile a model is called; the policy asks for it.
    option=(--context-entries
      "ContextKeyName=bedrock:InferenceProfileArn,ContextKeyValues=$1,ContextKeyType=string")
  fi
  # "*" is what IAM assumes anyway, for actions that know no resources.
  # shellcheck disable=SC2086 # actions and ARNs hold no white space; set -f keeps * as it is
  ask_aws "simulate the permissions of $principal_arn" iam simulate-principal-policy \
    --policy-source-arn "$principal_arn" --action-names $2 --resource-arns $3 \
    ${option[@]+"${option[@]}"}
  verdict=$(printf '%s' "$answer" | jq -er -L "$here/lib" --arg actions "$2" --arg resources "$3" '
    include "verdicts";
    answers($actions | split(" "); $resources | split(" ")) | tojson, lines' 2>/dev/null) ||
    fail 'unexpected answer of "aws iam simulate-principal-policy"'
}

# Simulates every call, prints each result, and fails if any is denied.
verify_by_simulation() {
  local title profile_arn actions resources attempt attempts=1 denied
  # IAM takes some seconds until it knows of a change everywhere.
  ! $changed || attempts=4
  simulated_calls >"$work/calls"
  : >"$work/verdicts"
  set -f
  while IFS=$'\t' read -r title profile_arn actions resources <&3; do
    attempt=1
    simulate "$profile_arn" "$actions" "$resources"
    while [[ ${verdict%%$'\n'*} == *'"allowed":false'* ]]; do
      # Only the first denial is waited for; after that, IAM has had its time.
      [ "$attempt" -lt "$attempts" ] || { attempts=1 && break; }
      attempt=$((attempt + 1))
      sleep 5
      simulate "$profile_arn" "$actions" "$resources"
    done
    printf '%s\n%s\n' "$title" "${verdict#*$'\n'}"
    printf '%s\n' "${verdict%%$'\n'*}" >>"$work/verdicts"
  done 3<"$work/calls"
  set +f
  denied=$(jq -rs -L "$here/lib" 'include "verdicts"; add
    | (map(select(.allowed | not)) | length) as $count
    | select($count > 0)
    | "\($count) of \(length) calls are denied: \([denials] | join("; "))"' "$work/verdicts")
  [ -z "$denied" ] || fail "$denied"
  printf 'All %s calls are allowed.\n' "$(jq -s 'add | length' "$work/verdicts")"
}

# What Bedrock's refusal of a real call means, and what to do; nothing if it is not special.
explain_bedrock() {
  local text=${aws_text//’/\'}
  case $text in
    *'on-demand throughput isn'*) printf 'AWS serves it only through an inference profile; use the id of one, such as the same id with eu. before it' ;;
    *'model identifier is invalid'*) printf 'the id does not exist in this region' ;;
    *'marked by provider as Legacy'* | *'reached the end of its life'*) printf 'AWS no longer serves this model; choose another' ;;
    *'use case details'*) printf "fill out Anthropic's use case form in the Bedrock console, once for the account, and try again after 15 minutes" ;;
    *INVALID_PAYMENT_INSTRUMENT*) printf 'the account has no valid payment method; correct it in the AWS billing console' ;;
    *aws-marketplace:*) printf 'the account has not subscribed to the model yet; let someone with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions call it once, and try again after 15 minutes' ;;
    *'Too many tokens per day'*) printf "the account's tokens per day are used up; try again tomorrow, or ask AWS for a larger quota" ;;
    *'is not authorized to perform'*'explicit deny'*) printf 'a policy denies it explicitly; if it is one of the organization, allow the region that is named' ;;
    *"have access to the model"*) printf 'the account has no access to the model in this region' ;;
  esac
}

# Calls each model for one token, with the credentials of the AWS CLI or of probe_profile.
probe() {
  local model_id model_region usage hint option=()
  [ -z "$probe_profile" ] || option=(--profile "$probe_profile")
  probed_models >"$work/probed"
  while IFS=$'\t' read -r model_id model_region <&3; do
    if ! try_aws bedrock-runtime converse --model-id "$model_id" --region "$model_region" \
      --messages '[{"role":"user","content":[{"text":"Hi"}]}]' \
      --inference-config '{"maxTokens":1}' --cli-connect-timeout 10 --cli-read-timeout 60 \
      ${option[@]+"${option[@]}"}; then
      hint=$(explain_bedrock)
      [ -n "$hint" ] || fail "the call of $model_id in $model_region failed: $(explain_aws)"
      fail "the call of $model_id in $model_region failed: $hint (${aws_code:+$aws_code: }$aws_text)"
    fi
    usage=$(from_answer 'bedrock-runtime converse' '.usage
      | "\(.inputTokens | numbers) input tokens, \(.outputTokens | numbers) output"') || exit 1
    printf '  answered  %s in %s  (%s)\n' "$model_id" "$model_region" "$usage"
  done 3<"$work/probed"
}

# The models to probe, with a tab before the region: those named; for families, the first that
# inference-profiles.json names and AWS offers, or else the first offered.
probed_models() {
  query_plan 'if .models != null then calls[] | [.model_id, .region]
    else
      [family_profiles[].id] as $offered
      | [$known[0].groups[].profiles[] | select(. as $id | $offered | index($id) != null)]
      | [.[0] // $offered[0], $region]
    end
    | @tsv' --slurpfile known "$here/inference-profiles.json" --arg region "$region"
}
