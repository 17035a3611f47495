/** What a person sees who opens the stand-in's address. */
export function guide(url: string, region: string): string {
  return `This is a stand-in for the Amazon Bedrock runtime (${region}). It is not Amazon, no model
runs behind it, and nothing leaves this machine. It speaks the AWS wire protocol, so the AWS SDK
works against it unchanged:

  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${url}

Its answers are computed from the question: they name the model, quote the last message, count
the messages, and carry a short hash of the history and of the system prompt.

What happened (the last 1,000 calls, with what was sent; DELETE clears):
  curl ${url}/_stand-in/requests

Order a fault for the next call of a model ("*" is every model; "times" is 1 unless given, or
"until-removed"):
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

Order an exact answer (blocks: text, thinking, redacted_thinking, tool_use, native):
  curl ${url}/_stand-in/faults --json '{
    "fault": { "kind": "answer", "stopReason": "end_turn", "usage": { "outputTokens": 7 },
      "content": [{ "type": "thinking", "text": "Hm." }, { "type": "text", "text": "Yes." }] } }'

List and remove orders:
  curl ${url}/_stand-in/faults
  curl -X DELETE ${url}/_stand-in/faults        (or /_stand-in/faults/<id>)

Retire a model, or deny access to it, and put everything back:
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{ "lifecycle": "retired" }'
  curl -X PUT ${url}/_stand-in/models/eu.amazon.nova-pro-v1:0 --json '{ "access": "denied" }'
  curl -X DELETE ${url}/_stand-in/models
`;
}
