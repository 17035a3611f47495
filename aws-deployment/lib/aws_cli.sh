# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # $ is jq's; variables are shared
# Calling the AWS CLI: answers as JSON, failures as one line that says what to do.

# Prints one line on stderr and exits.
fail() { # message [exit status]
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}

note() { # message
  printf '%s: note: %s\n' "${0##*/}" "$1" >&2
}

# Text on one line, without what a terminal would obey.
one_line() {
  tr '[:cntrl:]' ' ' | sed -e 's/  */ /g' -e 's/^ //' -e 's/ $//'
}

# Sets `answer`. On failure returns 1 and sets `aws_code` (empty if AWS named none) and `aws_text`.
try_aws() { # arguments of the AWS CLI
  local status=0
  # Without a region of its own, and unless --region names another, even IAM and STS are asked from
  # the region at hand.
  answer=$(AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off \
    aws "$@" --output json 2>"$work/stderr") || status=$?
  if [ "$status" -eq 0 ]; then
    [ -n "$answer" ] || answer=null # jq -e is content with no input at all
    return 0
  fi
  aws_text=$(one_line <"$work/stderr")
  aws_code=''
  local pattern='An error occurred \(([A-Za-z0-9.]+)\) when calling the [A-Za-z0-9]+ operation( \(reached max retries: [0-9]+\))?: (.*)$'
  if [[ $aws_text =~ $pattern ]]; then
    aws_code=${BASH_REMATCH[1]}
    aws_text=${BASH_REMATCH[3]}
  fi
  [ -n "$aws_text" ] || aws_text="the AWS CLI ended with exit status $status"
  return 1
}

# What the last failure means, and what to do about it.
explain_aws() {
  case $aws_code in
    AccessDenied | AccessDeniedException | UnauthorizedOperation)
      printf 'access denied to the caller of the AWS CLI: %s' "$aws_text"
      return
      ;;
    ExpiredToken | ExpiredTokenException | InvalidClientTokenId | UnrecognizedClientException | \
      InvalidSignatureException | SignatureDoesNotMatch | AuthFailure | InvalidAccessKeyId)
      printf 'AWS rejected the credentials of the AWS CLI; sign in again (%s)' "$aws_text"
      return
      ;;
    Throttling | ThrottlingException | ThrottledException | TooManyRequestsException | RequestLimitExceeded)
      printf 'AWS throttled the call; try again in a minute (%s)' "$aws_text"
      return
      ;;
  esac
  case $aws_text in
    *'Unable to locate credentials'* | *'NoCredentials'*)
      printf 'the AWS CLI is not signed in; run "aws configure" or "aws sso login", or set AWS_PROFILE'
      ;;
    *SSO* | *'Token has expired'* | *'aws login'*)
      printf 'the sign-in of the AWS CLI has expired; run "aws sso login" (%s)' "$aws_text"
      ;;
    *'Could not connect to the endpoint'* | *'Connect timeout'* | *'Read timeout'*)
      printf 'AWS cannot be reached; check the network and --region (%s)' "$aws_text"
      ;;
    *'nvalid choice'* | *'Unknown options'*)
      printf 'this AWS CLI does not know the command; install a current AWS CLI v2'
      ;;
    *) printf '%s%s' "${aws_code:+$aws_code: }" "$aws_text" ;;
  esac
}

# Like try_aws, but a failure ends the script.
ask_aws() { # what is attempted, arguments of the AWS CLI
  local attempt=$1
  shift
  try_aws "$@" || fail "cannot $attempt: $(explain_aws)"
}

# Prints what a jq filter finds in `answer`; nothing found ends the script.
from_answer() { # whose answer, jq filter
  local found
  # A pipe and a builtin: an answer may hold a secret, which must reach no file and no process list.
  found=$(printf '%s' "$answer" | jq -er "$2" 2>/dev/null) ||
    fail "unexpected answer of \"aws $1\"; install a current AWS CLI v2"
  printf '%s' "$found"
}
