/** What the console sends to `chat`, and the events that it reads. */
import type {
  AnsweringModel,
  ChatEventData,
  ChatEventName,
  ChatUsage,
} from "../../../supabase/functions/_shared/contract/chat_answer.ts";
import type { ChatRequest as AnyChatRequest } from "../../../supabase/functions/_shared/contract/chat_request.ts";
import type { AskedContent } from "../../../supabase/functions/_shared/contract/content.ts";

export type { AnsweringModel };
export type Provenance = ChatEventData<"done">["provenance"];
export type TurnUsage = ChatUsage;
export type AskedBlock = AskedContent[number];
export type Effort = NonNullable<AnyChatRequest["effort"]>;

/** An event of a stream. */
export type ChatEvent = {
  readonly [Name in ChatEventName]: { readonly type: Name; readonly data: ChatEventData<Name> };
}[ChatEventName];

/** A question; its `request_id` keeps a repeated one from making a second turn. */
export type ChatRequest = AnyChatRequest & { readonly request_id: string };
