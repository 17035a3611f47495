import { expect } from "@std/expect";
import type { TurnUsage } from "../../../console/src/chat/chat_types.ts";
import { turnFigures } from "../../../console/src/chat/describe_turn.ts";
import { plainSettings } from "../../../console/src/chat/question.ts";
import { emptyTranscript } from "../../../console/src/chat/shown_turn.ts";
import { applyEvent, beginTurn } from "../../../console/src/chat/transcript.ts";

const usage: TurnUsage = {
  input_tokens: 12,
  output_tokens: 340,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  thinking_tokens: null,
  cost_usd: 0.001,
};

function tokensOf(changes: Partial<TurnUsage>): string | undefined {
  const asked = { text: "?", attachments: [], results: [], modelId: null, settings: plainSettings };
  const { turns } = applyEvent(beginTurn(emptyTranscript, "r", asked), {
    type: "usage",
    data: { ...usage, ...changes },
  });
  return turnFigures(turns[0]!).find(({ term }) => term === "Tokens")?.text;
}

Deno.test("turnFigures() counts tokens of the cache and of thinking only where there are some", () => {
  expect(tokensOf({})).toBe("12 in, 340 out");
  expect(tokensOf({ thinking_tokens: 0 })).toBe("12 in, 340 out");
  expect(tokensOf({ cache_read_tokens: 5_000, cache_write_tokens: 700, thinking_tokens: 200 }))
    .toBe(
      "12 in, 5,000 read from the cache, 700 written to the cache, 340 out, 200 of them thinking",
    );
});
