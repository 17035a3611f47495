/** The page at the stand-in's address. */
export function guide(url: string, region: string): string {
  return `This is a stand-in for Amazon Bedrock (${region}). It is not Amazon, no model runs behind
it, and nothing leaves this machine. It speaks the AWS wire protocol, so the AWS SDK and the AWS
CLI work against it unchanged:

  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${url}
  export AWS_ENDPOINT_URL_BEDROCK=${url}

Of the runtime it serves InvokeModel and Converse, both also as streams; of the control plane
ListFoundationModels, GetFoundationModel, ListInferenceProfiles, GetInferenceProfile and
GetAccountDataRetention.

Its answers are computed from the question: they name the model, quote the last message, count
the messages, carry a short hash of the history and of the system prompt, and list images,
documents, tools and results. A message may order calls of the tools that are sent:
  Call the tool opening_hours with {"day": "Monday"}

The request log (the latest 1,000 calls, with their bodies; DELETE clears it):
  curl ${url}/_stand-in/requests

Add a fault rule for the next call of a model ("*" is every model; "times" is a number, 1 by
default, or "until-removed"):
  curl ${url}/_stand-in/faults --json '{
    "model": "eu.amazon.nova-lite-v1:0",
    "fault": { "kind": "error", "exception": "ThrottlingException" } }'

Other faults:
  { "kind": "error", "exception": "ServiceUnavailableException", "status": 503,
    "message": "…", "retryAfterSeconds": 3 }
  { "kind": "raw", "status": 502, "headers": { "content-type": "text/html" }, "body": "…" }
  { "kind": "hang" }
  { "kind": "latency", "ms": 2000 }
  { "kind": "frame-latency", "ms": 200 }
  { "kind": "fragment", "bytes": 7 }
  { "kind": "cut", "afterFrames": 3, "how": "reset" }     ("end" or "reset"; or "afterBytes")
  { "kind": "exception-frame", "atFrame": 2, "exception": "ModelStreamErrorException" }
  { "kind": "error-frame", "atFrame": 2, "code": "…", "message": "…" }
  { "kind": "bad-checksum", "atFrame": 2 }
  { "kind": "unknown-frame", "atFrame": 2 }
  { "kind": "pause", "inside": "thinking", "ms": 60000 }    ("text", "thinking" or "tool_use")
  { "kind": "broken-json" }

Script an exact answer (blocks: text, thinking, redacted_thinking, tool_use, native):
  curl ${url}/_stand-in/faults --json '{
    "fault": { "kind": "answer", "stopReason": "end_turn", "usage": { "outputTokens": 7 },
      "content": [{ "type": "thinking", "text": "Hm." }, { "type": "text", "text": "Yes." }] } }'

List and remove fault rules:
  curl ${url}/_stand-in/faults
  curl -X DELETE ${url}/_stand-in/faults        (or /_stand-in/faults/<id>)

A rule for the control plane names its operations (error, raw, hang and latency):
  curl ${url}/_stand-in/faults --json '{
    "operations": ["ListFoundationModels", "ListInferenceProfiles"],
    "fault": { "kind": "error", "exception": "ThrottlingException" } }'

Retire a model, announce its end of life, or deny access to it; an id without a prefix stands for
all its profiles. As with AWS, a retired model is no longer listed, but its profiles are:
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{ "lifecycle": "retired" }'
  curl -X PUT ${url}/_stand-in/models/amazon.nova-pro-v1:0 --json '{
    "lifecycle": "legacy", "endsOn": "2027-06-30" }'
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{ "access": "denied" }'

Remove a model or a profile, from the lists and for calls:
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-lite-v1:0 --json '{ "listed": false }'

Set the account's data retention mode (inherit, until then):
  curl -X PUT ${url}/_stand-in/data-retention --json '{ "mode": "none" }'

Add a model that is like another, or a profile of a model:
  curl -X PUT ${url}/_stand-in/models/amazon.nova-next-v1:0 --json '{
    "like": "amazon.nova-pro-v1:0", "name": "Amazon Nova Next" }'
  curl -X PUT ${url}/_stand-in/models/us.amazon.nova-pro-v1:0 --json '{
    "destinationRegions": ["us-east-1", "us-west-2"] }'

Route a profile to other regions ("*" is every region), or let IAM deny one destination region:
the calls that are routed there, which take turns over the regions, or ("always") every call:
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{
    "destinationRegions": ["eu-central-1", "us-east-1"] }'
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{
    "deniedRegions": [{ "region": "eu-north-1", "when": "when-routed-there" }] }'

Set a guardrail, whose words block, or mask, a question or an answer; remove all of them:
  curl -X PUT ${url}/_stand-in/guardrails/abc123 --json '{
    "words": [{ "word": "poison" }, { "word": "Anna", "action": "mask", "on": "output" }] }'
  curl -X DELETE ${url}/_stand-in/guardrails

Move the clock of the prompt cache ahead, or empty the cache:
  curl ${url}/_stand-in/clock --json '{ "advanceSeconds": 300 }'
  curl -X DELETE ${url}/_stand-in/cache

Undo every change of a model:
  curl -X DELETE ${url}/_stand-in/models
`;
}
