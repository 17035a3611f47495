import { expect } from "@std/expect";
import fc from "fast-check";
import { EventStreamParser } from "../../../console/src/chat/event_stream.ts";

const stream = `: connected

event: turn-start
data: {"conversation_id":"c"}

event: text-delta
data: {"text":"Rest: wat"}

:

event: done
data: {"message":{"content":"“Ω”"}}

`;
const events = [
  { event: "turn-start", data: { conversation_id: "c" } },
  { event: "text-delta", data: { text: "Rest: wat" } },
  { event: "done", data: { message: { content: "“Ω”" } } },
];

Deno.test("EventStreamParser gives the same events however the text is cut", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
    const parser = new EventStreamParser();
    const found = places.slice(1).flatMap((end, index) =>
      parser.push(stream.slice(places[index], end))
    );
    expect(found).toEqual(events);
  }));
});

Deno.test("EventStreamParser reads lines that end as on Windows, and data of several lines", () => {
  const parser = new EventStreamParser();
  expect(parser.push('event: odd\r\ndata: {"a":\r\ndata:1}\r\n\r\n'))
    .toEqual([{ event: "odd", data: { a: 1 } }]);
});

Deno.test("EventStreamParser gives no event that has not ended", () => {
  expect(new EventStreamParser().push(stream.trimEnd())).toHaveLength(2);
});
