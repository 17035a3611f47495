import { expect } from "@std/expect";
import {
  describeCut,
  describeIntervention,
  describeLeftOut,
} from "../../../console/src/chat/describe_content.ts";

Deno.test("describeLeftOut() counts what the model was not sent, in words", () => {
  expect(describeLeftOut({})).toEqual([]);
  expect(describeLeftOut({ image: 1 })).toEqual([
    "Of the conversation, the model was not sent an image.",
  ]);
  expect(describeLeftOut({ image: 2, document: 1, "tool-use": 3, later: 1 })).toEqual([
    "Of the conversation, the model was not sent 2 images, a document, 3 tool calls and a block.",
  ]);
});

Deno.test("describeIntervention() speaks of a guardrail only where one intervened", () => {
  expect(describeIntervention("end_turn")).toEqual([]);
  expect(describeIntervention(null)).toEqual([]);
  expect(describeIntervention("guardrail_intervened")).toHaveLength(1);
});

Deno.test("describeCut() tells an answer that a limit cut off from one that it only might have", () => {
  expect(describeCut(null, "max_tokens")).toEqual([]);
  expect(describeCut(1200, "max_tokens"))
    .toEqual(["This answer was cut off: a limit left at most 1,200 tokens for it."]);
  expect(describeCut(1200, "end_turn"))
    .toEqual(["For this answer, a limit left at most 1,200 tokens."]);
});
