import { type Signal, signal } from "@preact/signals";

/** News that was not asked for. */
export interface News {
  readonly id: number;
  readonly text: string;
  readonly detail: string | null;
}

/** Tells news: on the page, and through a live region to who does not see it. */
export class Announcer {
  /** The newest ones last. */
  readonly news: Signal<readonly News[]> = signal([]);
  #ids = 0;

  say(text: string, detail: string | null = null): void {
    this.news.value = [...this.news.peek().slice(-2), {
      id: ++this.#ids,
      text,
      detail,
    }];
  }

  dismiss(id: number): void {
    this.news.value = this.news.peek().filter((news) => news.id !== id);
  }
}
