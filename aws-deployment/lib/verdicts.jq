# What SimulatePrincipalPolicy says about each action on each resource that was asked about.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html

# One verdict for each pair. With several resources AWS may answer per resource inside a result.
def verdicts:
  .EvaluationResults
  | arrays
  | map(
    . as $result
    | if (.ResourceSpecificResults // []) != [] then
        .ResourceSpecificResults[]
        | {
          resource: .EvalResourceName,
          decision: .EvalResourceDecision,
          boundary: .PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary
        }
      else
        {
          resource: .EvalResourceName,
          decision: .EvalDecision,
          boundary: .PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary
        }
      end
    | . + {
      action: $result.EvalActionName,
      organization: $result.OrganizationsDecisionDetail.AllowedByOrganizations
    }
  );

def reason:
  if .decision == "allowed" then "allowed"
  elif .organization == false then "denied by a policy of the organization"
  elif .boundary == false then "denied by the permissions boundary"
  elif .decision == "explicitDeny" then "denied explicitly by a policy"
  elif .decision == "implicitDeny" then "not allowed by any policy"
  else "not simulated" end;

# Every pair that was asked about, each with `allowed` and `reason`. What AWS left out counts as
# not allowed.
def answers($actions; $resources):
  verdicts as $verdicts
  | [
    $resources[] as $resource
    | $actions[] as $action
    | first(($verdicts[] | select(.action == $action and .resource == $resource)), {})
    | {action: $action, resource: $resource, allowed: (.decision == "allowed"), reason: reason}
  ];

# "<model, model> in <region>: <reason>", for each region and reason among those not allowed.
def denials:
  map(
    select(.allowed | not)
    | . + (.resource
      | capture("^arn:[^:]+:bedrock:(?<region>[^:]*):[^:]*:[a-z-]+/(?<id>.+)$")
        // {region: null, id: null})
    | .id //= .action
  )
  | group_by([.region, .reason])[]
  | (map(.id) | unique | join(", "))
    + (if .[0].region == null then ""
      elif .[0].region == "" then " in any region"
      else " in \(.[0].region)" end)
    + ": \(.[0].reason)";

# One line for each resource, with the actions that share a fate.
def lines:
  group_by([.resource, .reason])[]
  | (if .[0].allowed then "allowed" else "DENIED " end) as $mark
  | "  \($mark)  \(map(.action | sub("^bedrock:"; "")) | join(", "))"
    + (if .[0].resource == "*" then "" else "  \(.[0].resource)" end)
    + (if .[0].allowed then "" else "  (\(.[0].reason))" end);
