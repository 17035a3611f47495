/** The events of `chat` as a client reads them. Each must be one of the contract. */
import { expectChatEvent } from "./contract.ts";

/** One event, or a comment, whose event is empty. */
export interface ReceivedEvent {
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- the tests assert on its shape
  readonly data: any;
}

/** Reads the events of a response as they come. */
export async function* readEvents(
  response: Response,
): AsyncGenerator<ReceivedEvent> {
  let text = "";
  for await (
    const chunk of response.body!.pipeThrough(new TextDecoderStream())
  ) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      yield parse(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
  if (text !== "") throw new Error(`the stream ended inside an event: ${text}`);
}

/** All events of a response, without the comments. */
export async function collectEvents(
  response: Response,
): Promise<ReceivedEvent[]> {
  const events = await Array.fromAsync(readEvents(response));
  return events.filter(({ event }) => event !== "");
}

/** The texts of all deltas, joined. */
export function textOfEvents(events: readonly ReceivedEvent[]): string {
  return events.map(({ event, data }) => event === "text-delta" ? data.text : "").join("");
}

function parse(block: string): ReceivedEvent {
  if (block.startsWith(":")) return { event: "", data: block.slice(1).trim() };
  const match = /^event: (\S+)\ndata: (.*)$/.exec(block);
  if (!match) throw new Error(`not an event: ${block}`);
  const [, event = "", json = ""] = match;
  const data = JSON.parse(json);
  expectChatEvent(event, data);
  return { event, data };
}
