import { expect } from "@std/expect";
import fc from "fast-check";
import { servedModels } from "../../../../../stand-in/models/served_models.ts";
import { anyHistory } from "./any_asked.ts";
import { text, user } from "./blocks.ts";
import { asked } from "./model_request.ts";
import { anyCall, others, prepare, read } from "./read_as_model.ts";
import { formatsOf, servedRow } from "./served_row.ts";

/** Every model of the stand-in, in every format in which it can be called. */
const called = servedModels.flatMap((served) =>
  formatsOf(served).map((format) => ({ served, row: servedRow(served, format) }))
);

Deno.test("prepareRequest() makes of anything asked what every model accepts in every format", () => {
  fc.assert(
    fc.property(anyCall(called), ({ served, row, asked, settings }) => {
      read(prepare(row, asked, settings), served);
    }),
    { numRuns: 500 },
  );
});

Deno.test("prepareRequest() makes the same of the same, and of what it made nothing else", () => {
  fc.assert(
    fc.property(anyCall(called), ({ row: { capabilities, ...rest }, asked, settings }) => {
      // Where the row marks by itself, it does so once all marks of the caller's are gone.
      const caching = capabilities.caching && { ...capabilities.caching, automatic: false };
      const row = { ...rest, capabilities: { ...capabilities, caching } };
      const once = prepare(row, asked, settings);
      expect(prepare(row, asked, settings)).toEqual(once);
      const again = prepare(row, {
        ...asked,
        system: once.system,
        messages: once.messages.map(({ role, blocks }) => ({
          role,
          blocks,
          modelId: role === "assistant" ? row.model_id : null,
        })),
        tools: once.output?.by === "tool" ? [] : once.tools?.tools ?? [],
        toolChoice: null,
      }, settings);
      expect(again.messages).toEqual(once.messages);
      expect(again.leftOut).toEqual({});
    }),
    { numRuns: 200 },
  );
});

Deno.test("prepareRequest() takes hundreds of blocks", () => {
  const long = fc.constantFrom(...called).chain(({ served, row }) =>
    fc.record({
      served: fc.constant(served),
      row: fc.constant(row),
      history: anyHistory([row.model_id, ...others], { minLength: 150, maxLength: 200 }),
    })
  );
  fc.assert(
    fc.property(long, ({ served, row, history }) => {
      const messages = [...history, user(text("And now?"))];
      read(prepare(row, asked({ messages })), served);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
