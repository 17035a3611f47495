import { type Signal, signal } from "@preact/signals";
import { isAbort, toApiError } from "../api/api_error.ts";
import type { ChatEvent, ChatRequest } from "./chat_types.ts";
import { plainSettings, type Question, type ToolResult, toRequest } from "./question.ts";
import { emptyTranscript, type Transcript } from "./shown_turn.ts";
import { applyEvent, beginTurn, failTurn, stopTurn } from "./transcript.ts";

export interface ConversationOptions {
  readonly ask: (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatEvent>;
  readonly read: (conversationId: string) => Promise<Transcript>;
}

/**
 * The conversation that is shown. Whatever arrives after it was left for another one is dropped,
 * whether it is an answer's event or a conversation that was to be shown.
 */
export class Conversation {
  readonly transcript: Signal<Transcript> = signal(emptyTranscript);
  /** What is on its way; nothing can be asked before it is there. */
  readonly pending: Signal<"answer" | "conversation" | null> = signal(null);
  readonly #options: ConversationOptions;
  /** Of what is on its way. */
  #latest = new AbortController();

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  async ask(question: Question, requestId: string = crypto.randomUUID()): Promise<void> {
    if (this.pending.peek() !== null) return;
    const { conversationId } = this.transcript.peek();
    const { modelId } = question;
    const request: ChatRequest = {
      ...toRequest(question),
      request_id: requestId,
      ...(conversationId !== null && { conversation_id: conversationId }),
      // A conversation keeps its model, so another one can only be asked for at its beginning.
      ...(conversationId === null && modelId !== null && { model_id: modelId }),
    };
    const mine = this.#begin("answer");
    const change = (next: (transcript: Transcript) => Transcript) => {
      if (this.#latest === mine) this.transcript.value = next(this.transcript.peek());
    };
    change((transcript) => beginTurn(transcript, requestId, question));
    try {
      for await (const event of this.#options.ask(request, mine.signal)) {
        change((transcript) => applyEvent(transcript, event));
      }
    } catch (error) {
      change((transcript) =>
        isAbort(error) ? stopTurn(transcript) : failTurn(transcript, toApiError(error))
      );
    } finally {
      this.#end(mine);
    }
  }

  /** Asks the last question again, under its id, so that it makes no second turn. */
  async retry(): Promise<void> {
    const last = this.transcript.peek().turns.at(-1);
    if (last?.asked) await this.ask(last.asked, last.requestId);
  }

  /** Gives the results of the tools that the last answer calls, with the tools of its question. */
  async answer(results: readonly ToolResult[]): Promise<void> {
    const settings = this.transcript.peek().turns.at(-1)?.asked?.settings ?? plainSettings;
    await this.ask({ text: "", attachments: [], results, modelId: null, settings });
  }

  /** Stops the answer that is on its way. */
  stop(): void {
    this.#latest.abort();
  }

  /** Begins a new one; what is on its way is stopped, and shown no more. */
  leave(): void {
    this.#end(this.#begin(null));
    this.transcript.value = emptyTranscript;
  }

  /**
   * Goes on with a stored one.
   *
   * @throws {ApiError} if it cannot be read
   */
  async goOn(conversationId: string): Promise<void> {
    this.leave();
    const mine = this.#begin("conversation");
    try {
      const transcript = await this.#options.read(conversationId);
      if (this.#latest === mine) this.transcript.value = transcript;
    } catch (error) {
      if (this.#latest === mine) throw error;
    } finally {
      this.#end(mine);
    }
  }

  #begin(pending: "answer" | "conversation" | null): AbortController {
    const former = this.#latest;
    this.#latest = new AbortController();
    this.pending.value = pending;
    former.abort();
    return this.#latest;
  }

  #end(controller: AbortController): void {
    if (this.#latest === controller) this.pending.value = null;
  }
}
