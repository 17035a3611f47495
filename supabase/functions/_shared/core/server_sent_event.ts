/** One server-sent event. */
export interface ServerSentEvent {
  /** Null: the event has no name, as `data:` alone. */
  readonly event: string | null;
  /** Sent as JSON; a {@linkcode RawData}, as it is. */
  readonly data: unknown;
}

/** Data of an event that is no JSON, such as `[DONE]`. */
export class RawData {
  readonly text: string;

  /** @param text without line breaks */
  constructor(text: string) {
    this.text = text;
  }
}
