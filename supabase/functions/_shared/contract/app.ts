/** The types that an app needs, in one place to import from: `import type`, so nothing is bundled. */
export type {
  AnsweringModel,
  ChatAnswer,
  ChatEventData,
  ChatEventName,
  ChatUsage,
} from "./chat_answer.ts";
export type { ChatRequest } from "./chat_request.ts";
export type { AnsweredContent, AskedContent, ShownContent, WireTool } from "./content.ts";
export type { ErrorBody } from "./errors.ts";
export type { StoredConversation, StoredMessage } from "./stored_rows.ts";
