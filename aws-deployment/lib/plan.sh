# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# The plan that lib/bedrock_policy.jq reads: what AWS offers, and what is to be granted.
# Reads here, work, region, scope (families, all, models or registry), model_list, guardrail_list,
# api_key.

# The lookups of lib/bedrock_policy.jq, on the plan in the file $work/plan.
query_plan() { # jq filter, jq options …
  local filter=$1
  shift
  jq -r -L "$here/lib" "$@" "include \"bedrock_policy\"; $filter" "$work/plan"
}

# Adds AWS's inference profiles of a region to $work/profiles. If AWS does not list them, they come
# from inference-profiles.json, and profiles_problem says so.
load_profiles() { # region
  if try_aws bedrock list-inference-profiles --type-equals SYSTEM_DEFINED --region "$1"; then
    printf '%s' "$answer" | jq -ec --arg region "$1" '
      .inferenceProfileSummaries | arrays | [
        .[]
        | select(.status == "ACTIVE")
        | {id: .inferenceProfileId, region: $region, model_arns: [.models[].modelArn | strings]}
        | select((.id | type) == "string" and .model_arns != [])
      ]' >>"$work/profiles" 2>/dev/null ||
      fail 'unexpected answer of "aws bedrock list-inference-profiles"'
  else
    profiles_problem="AWS does not list its inference profiles in $1: $(explain_aws)"
    known_profiles "$1" >>"$work/profiles"
    note "$profiles_problem; taking those of $(jq -r .checked_on "$here/inference-profiles.json")"
  fi
}

# What inference-profiles.json knows about calls from a region.
known_profiles() { # region
  jq -c --arg region "$1" --arg partition "$partition" '[
    .groups[] as $group
    | select($group.source_regions | index($region) != null)
    | $group.profiles[] as $id
    | {
      id: $id,
      region: $region,
      model_arns: [
        $group.destination_regions[]
        | "arn:\($partition):bedrock:\(.)::foundation-model/\($id | sub("^[^.]+\\."; ""))"
      ]
    }]' "$here/inference-profiles.json"
}

# Writes the region's text models to $work/models; if AWS does not list them, models_problem says so.
load_models() {
  if try_aws bedrock list-foundation-models --by-output-modality TEXT --region "$region"; then
    printf '%s' "$answer" | jq -ec '
      .modelSummaries | arrays | map({
        id: .modelId,
        name: (.modelName // .modelId),
        lifecycle: (.modelLifecycle.status // "unknown"),
        on_demand: ((.inferenceTypesSupported // []) | index("ON_DEMAND") != null)
      } | select((.id | type) == "string"))' >"$work/models" 2>/dev/null ||
      fail 'unexpected answer of "aws bedrock list-foundation-models"'
  else
    models_problem="AWS does not list its models in $region: $(explain_aws)"
    printf '[]' >"$work/models"
  fi
}

# The models to grant by name, as [{model_id, region}]; null for families.
named_models() {
  case $scope in
    models)
      jq -cn --arg list "$model_list" --arg region "$region" '
        [$list | split(",")[] | gsub("^\\s+|\\s+$"; "") | select(. != "") | {model_id: ., region: $region}]'
      ;;
    registry) registry_models ;;
    *) printf null ;;
  esac
}

# The guardrails to grant, as ids and ARNs.
named_guardrails() {
  local of_registry='[]'
  if [ "$scope" = registry ]; then of_registry=$(registry_guardrails) || exit 1; fi
  jq -cn --arg list "$guardrail_list" --argjson of_registry "$of_registry" '
    [$list | split(",")[] | gsub("^\\s+|\\s+$"; "") | select(. != "")] + $of_registry | unique'
}

# Fails unless each guardrail is one.
check_guardrails() {
  local problem
  problem=$(query_plan 'first(
    (.guardrails[]
      | select(test("^([a-z0-9]+|arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail(-profile)?/[a-z0-9.:-]+)$") | not)
      | "\(tojson) is neither the id of a guardrail nor the ARN of one or of a guardrail profile"),
    "")')
  [ -z "$problem" ] || fail "$problem"
}

# Fails unless each named model is something that this script can grant.
check_named_models() {
  local problem
  problem=$(query_plan '
    . as $plan
    | first(
      (select(.models == []) | "no models to grant"),
      (.models[]?
        | . as $model
        | if .model_id | startswith("arn:") then
            "\(.model_id) is an ARN; this script grants model ids and inference profile ids"
          elif .model_id | test("^[A-Za-z0-9._:-]+$") | not then
            "\(.model_id | tojson) is not a model id"
          elif .region | test("^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$") | not then
            "\(.region | tojson), the region of \(.model_id), is not an AWS region"
          elif (.model_id | test("^(apac|au|ca|eu|global|in|jp|us|us-gov)\\."))
            and (any($plan.profiles[]; .id == $model.model_id and .region == $model.region) | not)
          then "\(.model_id) is not an inference profile that can be called from \(.region); correct the id or the region"
          else empty end),
      ""
    )')
  [ -z "$problem" ] || fail "$problem"
}

make_plan() {
  local models guardrails families='["*"]' model_region
  [ "$scope" = all ] || families=$(jq -c .families "$here/inference-profiles.json")
  profiles_problem='' models_problem=''
  : >"$work/profiles"
  models=$(named_models) || exit 1
  guardrails=$(named_guardrails) || exit 1
  if $offline; then
    known_profiles "$region" >"$work/profiles"
    printf '[]' >"$work/models"
  else
    for model_region in $(jq -nr --argjson models "$models" --arg region "$region" \
      '[$region, ($models // [])[].region] | unique[]'); do
      load_profiles "$model_region"
    done
    load_models
  fi
  jq -cs --arg partition "$partition" --arg account "$account" --arg region "$region" \
    --argjson families "$families" --argjson models "$models" --argjson api_key "$api_key" \
    --argjson guardrails "$guardrails" --slurpfile offered "$work/models" '{
      partition: $partition,
      account: $account,
      region: $region,
      families: $families,
      models: $models,
      profiles: add,
      on_demand: [$offered[0][] | select(.on_demand) | .id],
      guardrails: $guardrails,
      api_key: $api_key
    }' "$work/profiles" >"$work/plan"
  check_guardrails
  check_named_models
  if [ "$models" = null ] && [ "$(query_plan 'family_profiles | length')" = 0 ]; then
    fail "no inference profile that can be called from $region is known${profiles_problem:+; $profiles_problem}"
  fi
}
