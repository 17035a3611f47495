#!/usr/bin/env bash
#
# Permits a role or user of AWS to call the Bedrock models of the functions, verifies the
# permissions, and lists the models of the region. Needs bash 3.2 or later, the AWS CLI v2 and jq 1.6
# or later; for --registry-models also curl.
#
# Exit status: 0 done; 1 refused, failed, or the permissions do not suffice; 2 wrong usage.

# shellcheck disable=SC2016 # a $ in single quotes is jq's

set -euo pipefail

here=${BASH_SOURCE[0]%/*}
[ "$here" != "${BASH_SOURCE[0]}" ] || here=.
# shellcheck source=lib/aws_cli.sh
. "$here/lib/aws_cli.sh"
# shellcheck source=lib/principal.sh
. "$here/lib/principal.sh"
# shellcheck source=lib/registry.sh
. "$here/lib/registry.sh"
# shellcheck source=lib/plan.sh
. "$here/lib/plan.sh"
# shellcheck source=lib/verify.sh
. "$here/lib/verify.sh"

readonly policy_name=bedrock-models-access
readonly default_role=medzen-bedrock-lambda

usage() {
  cat <<USAGE
Usage: ${0##*/} [options]

Attaches the inline policy $policy_name to the role or user that the functions sign as,
verifies their calls by simulation, and lists the region's text models. Prints each change before
it makes it. A second run changes nothing, unless AWS has added a region to an inference profile.

Principal:
  --role NAME            the role; default $default_role
  --user NAME            a user instead, whose keys can be secrets of Supabase functions
  --create               create it if it does not exist. A role: one that --trust may assume.
                         A user: also an access key, or with --api-key a Bedrock API key, unless it
                         has one. The key is printed once, on standard output, and not stored.
  --trust PRINCIPAL      the principal that may assume the created role: an AWS service or an ARN;
                         default lambda.amazonaws.com
  --api-key              also allow calls with a Bedrock API key

Models:
  --region REGION        the region that the functions call; default eu-central-1
                         (all Nova and Claude models through the profiles of its geography, not
                         through global. profiles, which may leave it)
  --all-models           the models of every vendor
  --models ID,...        only these; global. profiles are allowed here
  --registry-models      only the models that the registry at SUPABASE_URL serves, with the
                         guardrails of its assistants; needs SUPABASE_SERVICE_KEY
  --guardrails ID,...    also apply these guardrails: ids, or ARNs of guardrails and of guardrail
                         profiles

Mode:
  --probe                also call a model (or each named one) for one token, with the credentials
                         of the AWS CLI; costs a fraction of a cent
  --probe-profile NAME   the same with a profile of the AWS CLI that has the principal's credentials
  --dry-run              change nothing; print the changes and the policy
  --print-policy         print the policy without calls to AWS, for the account ACCOUNT_ID
  --remove               remove the policy; the role or user and its keys remain
  -h, --help             print this
USAGE
}

# --- Arguments --------------------------------------------------------------------------------

principal_kind='' principal_name='' named=true create=false trust='' api_key=false
region=eu-central-1 scope=families model_list='' guardrail_list=''
probe=false probe_profile='' dry_run=false offline=false remove=false

value_of() { # option, number of arguments left, value
  if [ "$2" -lt 2 ] || [ -z "$3" ]; then
    fail "$1 needs a value; see --help" 2
  fi
  case $3 in -*) fail "$1 needs a value, but $3 follows; see --help" 2 ;; esac
}
set_principal() { # kind, name
  [ -z "$principal_kind" ] || fail 'name one role or one user; see --help' 2
  principal_kind=$1 principal_name=$2
}
set_scope() { # scope
  [ "$scope" = families ] || fail '--all-models, --models and --registry-models cannot be combined' 2
  scope=$1
}

while [ $# -gt 0 ]; do
  case $1 in
    --role | --user | --trust | --region | --models | --guardrails | --probe-profile)
      value_of "$1" $# "${2:-}"
      case $1 in
        --role | --user) set_principal "${1#--}" "$2" ;;
        --trust) trust=$2 ;;
        --region) region=$2 ;;
        --models) set_scope models && model_list=$2 ;;
        --guardrails) guardrail_list=$2 ;;
        --probe-profile) probe=true probe_profile=$2 ;;
      esac
      shift
      ;;
    --create) create=true ;;
    --api-key) api_key=true ;;
    --all-models) set_scope all ;;
    --registry-models) set_scope registry ;;
    --probe) probe=true ;;
    --dry-run) dry_run=true ;;
    --print-policy) offline=true ;;
    --remove) remove=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown argument $1; see --help" 2 ;;
  esac
  shift
done

if [ -z "$principal_kind" ]; then
  named=false
  set_principal role "$default_role"
fi
name_pattern='^[A-Za-z0-9_+=,.@-]{1,64}$' # in a variable: quoted, bash 3.2 would take it literally
[[ $principal_name =~ $name_pattern ]] || fail "$principal_name is not a valid name of a $principal_kind" 2
region_pattern='^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$'
[[ $region =~ $region_pattern ]] || fail "$region is not an AWS region" 2
if [ -n "$trust" ] && ! { $create && [ "$principal_kind" = role ]; }; then
  fail '--trust needs --create and a role' 2
fi
trust=${trust:-lambda.amazonaws.com}
trust_pattern='^([a-z0-9.-]+\.amazonaws\.com(\.cn)?|arn:[a-z-]+:(iam|sts)::[0-9]{12}:[^[:space:]"]+)$'
[[ $trust =~ $trust_pattern ]] || fail "$trust is neither an AWS service nor the ARN of a principal" 2
if $remove && { $create || $probe || $offline; }; then
  fail '--remove can be combined with --role, --user and --dry-run only' 2
fi
if $offline && [ "$scope" = registry ]; then
  fail '--print-policy makes no calls and cannot be combined with --registry-models' 2
fi

# --- Preparation ------------------------------------------------------------------------------

command -v jq >/dev/null || fail 'jq is required but not installed'
[ "$scope" != registry ] || check_registry_environment
work=$(mktemp -d "${TMPDIR:-/tmp}/bedrock-permissions.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if $offline; then
  partition=aws account=ACCOUNT_ID
  make_plan
  query_plan policy
  exit 0
fi

command -v aws >/dev/null ||
  fail 'the AWS CLI is required but not installed; see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
ask_aws 'identify the caller of the AWS CLI' sts get-caller-identity
caller=$(from_answer 'sts get-caller-identity' '.Arn | strings')
account=$(from_answer 'sts get-caller-identity' '.Account | strings | select(test("^[0-9]{12}$"))')
partition=$(printf '%s' "$caller" | cut -d: -f2)
printf 'Signed in as %s\n' "$caller"

# Prints where the script writes, and each change that it makes.
print_changes() { # Will or Would
  local key='an access key'
  ! $api_key || key='a Bedrock API key'
  printf 'Account %s, region %s, %s %s' "$account" "$region" "$principal_kind" "$principal_name"
  $named || printf ' (the default; --role or --user names another)'
  printf '\n'
  if ! $exists && [ "$principal_kind" = role ]; then
    printf '%s create the role %s, which %s may assume\n' "$1" "$principal_name" "$trust"
  elif ! $exists; then
    printf '%s create the user %s with %s, printed once\n' "$1" "$principal_name" "$key"
  elif $create && [ "$principal_kind" = user ]; then
    printf '%s create %s for the user %s unless it has one, printed once\n' \
      "$1" "$key" "$principal_name"
  fi
  if $same_policy; then
    printf 'The policy %s is already attached to %s, unchanged' "$policy_name" "$principal_arn"
  elif [ -n "$attached_policy" ]; then
    printf '%s replace the policy %s of %s' "$1" "$policy_name" "$principal_arn"
  else
    printf '%s attach the policy %s to the %s %s' \
      "$1" "$policy_name" "$principal_kind" "$principal_name"
  fi
}

# --- Removing ---------------------------------------------------------------------------------

if $remove; then
  find_principal || fail "there is no $principal_kind $principal_name in the account $account"
  if $dry_run; then
    read_policy
    if [ -n "$attached_policy" ]; then
      printf 'Would remove the policy %s from %s\n' "$policy_name" "$principal_arn"
    else
      printf '%s has no policy %s; nothing would be changed\n' "$principal_arn" "$policy_name"
    fi
    exit 0
  fi
  printf 'Will remove the policy %s from %s\n' "$policy_name" "$principal_arn"
  if remove_policy; then
    printf 'Removed the policy %s from %s\n' "$policy_name" "$principal_arn"
    printf 'The %s and its keys are unchanged\n' "$principal_kind"
  else
    printf '%s has no policy %s; nothing was changed\n' "$principal_arn" "$policy_name"
  fi
  exit 0
fi

# --- Planning -----------------------------------------------------------------------

exists=true
find_principal || exists=false
if ! $exists && ! $create; then
  fail "there is no $principal_kind $principal_name in the account $account; correct the name, or create it with --create"
fi

make_plan
policy=$(query_plan policy -c)
limit=$(inline_policy_limit)
if [ "${#policy}" -gt "$limit" ]; then
  if [ "$principal_kind" = user ]; then
    fail "the policy has ${#policy} characters, and a user's inline policies may have $limit; name fewer models, grant the families (without --models and --registry-models), or use --role"
  fi
  fail "the policy has ${#policy} characters, and a role's inline policies may have $limit; name fewer models, or grant the families (without --models and --registry-models)"
fi

attached_policy=''
! $exists || read_policy
same_policy=false
if [ -n "$attached_policy" ] &&
  [ "$(printf '%s' "$attached_policy" | jq -cS .)" = "$(printf '%s' "$policy" | jq -cS .)" ]; then
  same_policy=true
fi

if $dry_run; then
  print_changes Would
  printf ':\n'
  query_plan policy
  printf 'Would then simulate %s calls and list the models of %s. Nothing was changed.\n' \
    "$(simulated_calls | jq -Rs '
      [split("\n")[] | select(. != "") | split("\t")
        | (.[2] | split(" ") | length) * (.[3] | split(" ") | length)] | add')" "$region"
  exit 0
fi

print_changes Will
printf '\n'

# --- 1. and 2. The principal and its policy ---------------------------------------------------

changed=false
printf '\n1. Principal\n'
if $exists; then
  printf '%s exists\n' "$principal_arn"
else
  create_principal
  changed=true
  printf 'Created %s' "$principal_arn"
  [ "$principal_kind" = user ] || printf ', which %s may assume' "$trust"
  printf '\n'
fi

printf '\n2. Policy %s\n' "$policy_name"
if $same_policy; then
  printf 'Already attached, unchanged'
else
  put_policy "$policy"
  changed=true
  [ -n "$attached_policy" ] && printf 'Replaced' || printf 'Attached'
fi
printf ' (%s of %s characters)\n' "${#policy}" "$limit"
query_plan policy_lines

# --- 3. Verification --------------------------------------------------------------------------

printf '\n3. Permissions of %s, simulated\n' "$principal_arn"
verify_by_simulation
if $probe; then
  if [ -n "$probe_profile" ]; then
    printf '\nReal calls for one token, with the AWS CLI profile %s\n' "$probe_profile"
  else
    printf '\nReal calls for one token, as %s\n' "$caller"
    printf '(tests the models, not the principal; for both, see --probe-profile)\n'
  fi
  probe
fi

if $create && [ "$principal_kind" = user ] && ! has_key; then
  printf '\nA key for the functions, shown this once. Keep it secret:\n'
  create_key
  changed=true
fi

# --- 4. The models of the region --------------------------------------------------------------

printf '\n4. Text models in %s\n' "$region"
[ -z "$models_problem" ] || fail "$models_problem"
[ -z "$profiles_problem" ] || fail "$profiles_problem"
query_plan '
  def pad($width): . + ((" " * ($width - length)) // "");
  . as $plan
  | [
    $offered[0][]
    | . as $model
    | ((select(.on_demand) | .id),
      ($plan.profiles[]
        | select(.region == $plan.region)
        | select(any(.model_arns[]; model_of_arn == $model.id))
        | .id))
    | . as $id
    | [$id, $model.name, $model.lifecycle, ($plan | if is_granted($id) then "granted" else "-" end)]
  ]
  | sort
  | [["MODEL ID", "NAME", "LIFECYCLE", "POLICY"]] + .
  | (transpose | map(map(length) | max)) as $widths
  | .[]
  | [., $widths] | transpose | map(. as [$text, $width] | $text | pad($width)) | join("  ")
  | sub(" +$"; "")' --slurpfile offered "$work/models"

printf '\n'
if $changed; then
  printf 'Done. The %s %s may call the models that are granted.\n' "$principal_kind" "$principal_name"
else
  printf 'Done. Nothing was changed.\n'
fi
