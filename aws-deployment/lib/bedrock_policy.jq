# Which calls the functions make, and the IAM policy that allows them and no others.
#
# Every definition reads the plan that lib/plan.sh makes:
#   partition, account, region   of the principal, and of calls whose model names no region
#   families   patterns of model ids without a geography, such as "<vendor>.<family>-*" or "*"
#   models     null: the families; otherwise exactly these, as [{model_id, region}]
#   profiles   the system inference profiles, as [{id, region, model_arns}]; region is the source
#   on_demand  model ids that the region serves without a profile
#   guardrails ids of guardrails, and ARNs of guardrails and of guardrail profiles
#   api_key    whether the calls are signed with a Bedrock API key
#
# What a call needs: https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html

# Converse and ConverseStream are authorised as these two as well.
def invoke_actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

# Without the first, tokens are estimated: it is granted, and nothing depends on it.
def model_actions: ["bedrock:CountTokens"] + invoke_actions;

# What AWS publishes about models, and the account's data retention mode, which `status` shows; none
# knows resources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetAccountDataRetention.html
def read_actions:
  [
    "bedrock:GetAccountDataRetention", "bedrock:GetFoundationModel", "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles"
  ];

def profile_arn($id; $region):
  "arn:\(.partition):bedrock:\($region):\(.account):inference-profile/\($id)";

# Foundation models belong to no account. A global profile names one without a region, too.
def model_arn($id; $region): "arn:\(.partition):bedrock:\($region)::foundation-model/\($id)";

def model_of_arn: sub("^.*:foundation-model/"; "");
def region_of_arn: split(":")[3];

# "eu" of "eu.<vendor>.<model>"; only meaningful for the id of a profile.
def geography: split(".")[0];
def without_geography: sub("^[^.]+\\."; "");

def matches($pattern):
  if $pattern | endswith("*") then startswith($pattern[:-1]) else . == $pattern end;
def in_families($families): . as $id | any($families[]; . as $family | $id | matches($family));

# Global profiles may leave the geography, so the families do not include them: they are granted
# by name only.
def family_profiles:
  . as $plan
  | [
    .profiles[]
    | select(.region == $plan.region and (.id | geography) != "global")
    | select(.id | without_geography | in_families($plan.families))
  ];

# One model and what a call of it has to be allowed on, profile first.
def call($id; $region):
  . as $plan
  | first((.profiles[] | select(.id == $id and .region == $region)), null) as $profile
  | if $profile == null then
      {model_id: $id, region: $region, profile_arn: null, resources: [model_arn($id; $region)]}
    else
      profile_arn($id; $region) as $arn
      | ($profile.model_arns[0] | model_of_arn) as $model
      | {
        model_id: $id,
        region: $region,
        profile_arn: $arn,
        resources: ([$arn] + ($profile.model_arns + [model_arn($model; $region)] | unique))
      }
    end;

# Every model that the functions may call, once.
def calls:
  . as $plan
  | [
    if .models != null then .models[] | . as $model | $plan | call($model.model_id; $model.region)
    else
      (family_profiles[] | .id),
      (.on_demand[] | select(in_families($plan.families)))
      | . as $id
      | $plan
      | call($id; .region)
    end
  ]
  | unique_by([.region, .model_id]);

# What the policy says about models: `profiles`, `behind` them, and `direct` ones. Families are
# patterns, so that the policy stays small; named models are exact.
def grants:
  . as $plan
  | if .models != null then
      calls as $calls
      | {
        profiles: [$calls[] | .profile_arn // empty] | unique,
        behind: [$calls[] | select(.profile_arn != null) | .resources[1:][]] | unique,
        direct: [$calls[] | select(.profile_arn == null) | .resources[]] | unique
      }
    else
      ([family_profiles[] | .id | geography] | unique) as $geographies
      | ([family_profiles[] | .model_arns[] | region_of_arn] | unique) as $regions
      | {
        profiles: [
          $geographies[] as $geography
          | .families[] as $family
          | profile_arn("\($geography).\($family)"; .region)
        ],
        behind: [
          ($regions - [.region])[] as $region | .families[] as $family | model_arn($family; $region)
        ],
        direct: [.families[] as $family | model_arn($family; .region)]
      }
    end;

# A guardrail is applied in the region that is called; the region belongs to an ARN, and not to an id.
def guardrail_arns:
  . as $plan
  | [
    .guardrails[] as $guardrail
    | if $guardrail | startswith("arn:") then $guardrail
      else
        ([.models[]?.region] | if . == [] then [$plan.region] else unique end)[]
        | "arn:\($plan.partition):bedrock:\(.):\($plan.account):guardrail/\($guardrail)"
      end
  ]
  | unique;

def statement($sid; $actions; $resources):
  if $resources == [] then empty
  else {Sid: $sid, Effect: "Allow", Action: $actions, Resource: $resources} end;

def policy:
  grants as $grants
  | {
    Version: "2012-10-17",
    Statement: [
      statement("CallInferenceProfiles"; ["bedrock:GetInferenceProfile"] + model_actions;
        $grants.profiles),
      # In other regions the models can be reached only as destinations of these profiles.
      (statement("CallModelsBehindProfiles"; model_actions; $grants.behind)
        | .Condition = {StringLike: {"bedrock:InferenceProfileArn": $grants.profiles}}),
      statement("CallModelsOfTheRegion"; model_actions; $grants.direct),
      statement("ReadModels"; read_actions; ["*"]),
      statement("ApplyGuardrails"; ["bedrock:ApplyGuardrail"]; guardrail_arns),
      (if .api_key then statement("UseApiKeys"; ["bedrock:CallWithBearerToken"]; ["*"])
      else empty end)
    ]
  };

# Whether the policy lets the functions call a model by this id in the plan's region.
def is_granted($id):
  . as $plan
  | if .models != null then any(.models[]; .model_id == $id and .region == $plan.region)
    elif any(family_profiles[]; .id == $id) then true
    else any(.on_demand[]; . == $id) and ($id | in_families($plan.families)) end;

# The policy in short: "<model> in <region, region>", once for each statement and model.
def policy_lines:
  policy.Statement[]
  | "  \(.Sid)",
    (
      [.Resource[] | capture("^arn:[^:]+:bedrock:(?<region>[^:]*):[^:]*:[a-z-]+/(?<id>.+)$")]
      | group_by(.id)[]
      | "    \(.[0].id) in \(map(if .region == "" then "any region" else .region end) | join(", "))"
    );
