/** Server-sent events, out of text that comes in any pieces. */

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * Takes the pieces in order, and gives the events that each one completes. Comments are dropped.
 */
export class EventStreamParser {
  #rest = "";

  /** @throws {SyntaxError} on data that is no JSON */
  push(text: string): StreamEvent[] {
    this.#rest += text;
    const blocks = this.#rest.split(/\r?\n\r?\n/);
    this.#rest = blocks.pop()!;
    return blocks.flatMap(parseBlock);
  }
}

function parseBlock(block: string): StreamEvent[] {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length === 0 ? [] : [{ event, data: JSON.parse(data.join("\n")) }];
}
