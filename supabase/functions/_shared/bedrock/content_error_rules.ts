import type { BedrockErrorRule } from "./bedrock_error_rule.ts";

const ourFault = "This is a fault of the functions; please report it.";

/** Where a row says more of its model than is true. */
function correct(member: string): string {
  return `Correct ${member} in the capabilities of the model's row of bedrock_models.`;
}

/**
 * Refusals of what a request holds besides text. A guardrail that cannot be applied fails the call,
 * and no other model is asked without it.
 */
export const contentErrorRules: readonly BedrockErrorRule[] = [
  {
    code: "bedrock_request_refused",
    texts: ["bedrock:applyguardrail"],
    message: () => "IAM does not allow the guardrail of the call.",
    hint: "Allow bedrock:ApplyGuardrail on the guardrail, and on its profile if it has one.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["guardrail identifier", "guardrail version"],
    message: () => "The guardrail of the call does not exist in its region.",
    hint: "Check guardrail_id and guardrail_version in the assistant's row of ai_assistants.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["invalid beta flag"],
    message: (modelId) => `"${modelId}" does not accept a beta that its row lists.`,
    hint: correct("betas"),
  },
  {
    code: "modality_not_supported",
    texts: [
      "image exceeds",
      "image dimensions exceed",
      "could not process image",
      "does not match the provided media type",
      "could not process pdf",
      "pdf pages",
      "document exceeds",
    ],
    message: (modelId) => `"${modelId}" cannot read an image or a document of the conversation.`,
    hint: "Send it smaller, and as one of the types that it is called.",
    refusedHistory: "media",
  },
  {
    code: "bedrock_request_refused",
    texts: ["support the image", "support image", "support the document", "support the video"],
    message: (modelId) => `"${modelId}" takes no such image or document.`,
    hint: correct("images or documents"),
    refusedHistory: "media",
  },
  {
    code: "bedrock_request_refused",
    texts: ["doesn't support tool use", "doesn't support the toolconfig field"],
    message: (modelId) => `"${modelId}" takes no tools.`,
    hint: correct("tools"),
  },
  {
    code: "bedrock_request_refused",
    texts: ["forces tool use", "forcing a tool", "toolconfig.toolchoice", "tool_choice"],
    message: (modelId) => `"${modelId}" cannot be made to call a tool in this way.`,
    hint: correct("tools.choices or thinking.forced_tools"),
  },
  {
    code: "bedrock_request_refused",
    texts: [".strict"],
    message: (modelId) => `"${modelId}" cannot be held to the schema of a tool.`,
    hint: correct("tools.strict"),
  },
  {
    code: "invalid_request",
    texts: ["input_schema", "inputschema"],
    message: (modelId) => `"${modelId}" does not accept the schema of a tool.`,
    hint: "Send a JSON schema of an object, with plain keywords.",
  },
  {
    code: "bedrock_request_refused",
    texts: ["output_config.format", "textformat", "structured output"],
    message: (modelId) => `"${modelId}" does not accept the schema of the answer.`,
    hint: correct("output_schema"),
  },
  {
    code: "bedrock_request_refused",
    texts: [
      "nothing available to cache",
      "did not allow prompt caching",
      "cache_control",
      "cachepoint",
      "cache point",
    ],
    message: (modelId) => `"${modelId}" does not accept a mark for its prompt cache.`,
    hint: correct("caching"),
  },
  {
    code: "bedrock_request_refused",
    texts: [
      "tool_result` block",
      "toolresult block",
      "tooluse block",
      "toolconfig field must be defined",
      "ids must be unique",
    ],
    message: (modelId) => `"${modelId}" does not accept how calls of tools and results follow.`,
    hint: ourFault,
  },
  {
    code: "bedrock_request_refused",
    texts: [
      "blocks must contain non-whitespace",
      "blocks must be non-empty",
      "must have non-empty content",
      "is blank. add text",
      "is empty. add a contentblock",
    ],
    message: (modelId) => `"${modelId}" does not accept a message without text.`,
    hint: ourFault,
  },
  {
    code: "bedrock_request_refused",
    texts: [
      "cannot be modified",
      "invalid `signature`",
      "expected `thinking`",
      "contain reasoning content",
    ],
    message: (modelId) => `"${modelId}" does not take its own thinking back.`,
    hint: ourFault,
    refusedHistory: "thinking",
  },
  {
    code: "bedrock_request_refused",
    texts: ["thinking.type", "thinking.enabled", "thinking.budget_tokens", "reasoningconfig"],
    message: (modelId) => `"${modelId}" cannot be told to think in this way.`,
    hint: correct("thinking"),
  },
];
