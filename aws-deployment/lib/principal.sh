# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# The role or user that the functions sign as, its inline policy, and its keys.
# Reads principal_kind (role or user), principal_name, policy_name, trust, api_key.

# Most characters of all inline policies of a principal together, white space not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
inline_policy_limit() {
  case $principal_kind in
    role) printf 10240 ;;
    user) printf 2048 ;;
  esac
}

# Whether the principal exists; sets principal_arn.
find_principal() {
  if try_aws iam "get-$principal_kind" "--$principal_kind-name" "$principal_name"; then
    case $principal_kind in
      role) principal_arn=$(from_answer 'iam get-role' '.Role.Arn | strings') || exit 1 ;;
      user) principal_arn=$(from_answer 'iam get-user' '.User.Arn | strings') || exit 1 ;;
    esac
    return 0
  fi
  [ "$aws_code" = NoSuchEntity ] ||
    fail "cannot look up the $principal_kind $principal_name: $(explain_aws)"
  principal_arn=''
  return 1
}

# Who may assume the role that --create makes.
trust_policy() {
  jq -cn --arg trust "$trust" '{
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: (if $trust | startswith("arn:") then {AWS: $trust} else {Service: $trust} end),
      Action: "sts:AssumeRole"
    }]
  }'
}

create_principal() {
  case $principal_kind in
    role)
      ask_aws "create the role $principal_name" iam create-role --role-name "$principal_name" \
        --assume-role-policy-document "$(trust_policy)" \
        --description 'Calls Amazon Bedrock for the functions chat and manage-bedrock-models'
      principal_arn=$(from_answer 'iam create-role' '.Role.Arn | strings') || exit 1
      ;;
    user)
      ask_aws "create the user $principal_name" iam create-user --user-name "$principal_name"
      principal_arn=$(from_answer 'iam create-user' '.User.Arn | strings') || exit 1
      ;;
  esac
}

# Sets attached_policy to the inline policy as it is now, or to nothing.
read_policy() {
  attached_policy=''
  if try_aws iam "get-$principal_kind-policy" "--$principal_kind-name" "$principal_name" \
    --policy-name "$policy_name"; then
    attached_policy=$(from_answer "iam get-$principal_kind-policy" \
      '.PolicyDocument | objects | tojson') || exit 1
  elif [ "$aws_code" != NoSuchEntity ]; then
    fail "cannot read the policy of the $principal_kind $principal_name: $(explain_aws)"
  fi
}

put_policy() { # policy
  if try_aws iam "put-$principal_kind-policy" "--$principal_kind-name" "$principal_name" \
    --policy-name "$policy_name" --policy-document "$1"; then
    return
  fi
  [ "$aws_code" != LimitExceeded ] ||
    fail "cannot attach the policy: with the other inline policies of the $principal_kind $principal_name it exceeds $(inline_policy_limit) characters; turn one of those into a managed policy"
  fail "cannot attach the policy to the $principal_kind $principal_name: $(explain_aws)"
}

# Whether there was a policy to remove.
remove_policy() {
  if try_aws iam "delete-$principal_kind-policy" "--$principal_kind-name" "$principal_name" \
    --policy-name "$policy_name"; then
    return 0
  fi
  [ "$aws_code" = NoSuchEntity ] ||
    fail "cannot remove the policy from the $principal_kind $principal_name: $(explain_aws)"
  return 1
}

# Whether the user has a key already, of the kind that is wanted.
has_key() {
  local count
  if $api_key; then
    ask_aws "list the API keys of the user $principal_name" iam list-service-specific-credentials \
      --user-name "$principal_name" --service-name bedrock.amazonaws.com
    count=$(from_answer 'iam list-service-specific-credentials' \
      '.ServiceSpecificCredentials | arrays | length') || exit 1
  else
    ask_aws "list the access keys of the user $principal_name" iam list-access-keys \
      --user-name "$principal_name"
    count=$(from_answer 'iam list-access-keys' '.AccessKeyMetadata | arrays | length') || exit 1
  fi
  [ "$count" -gt 0 ]
}

# Makes a key and prints it, as the functions' secrets, on standard output and nowhere else.
create_key() {
  if $api_key; then
    ask_aws "create an API key for the user $principal_name" iam create-service-specific-credential \
      --user-name "$principal_name" --service-name bedrock.amazonaws.com
    from_answer 'iam create-service-specific-credential' '.ServiceSpecificCredential
      | "AWS_BEARER_TOKEN_BEDROCK=\(.ServiceCredentialSecret | strings)"'
  else
    ask_aws "create an access key for the user $principal_name" iam create-access-key \
      --user-name "$principal_name"
    from_answer 'iam create-access-key' '.AccessKey
      | "AWS_ACCESS_KEY_ID=\(.AccessKeyId | strings)\nAWS_SECRET_ACCESS_KEY=\(.SecretAccessKey | strings)"'
  fi
  printf '\n'
}
