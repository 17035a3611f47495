import { expect } from "@std/expect";
import { readResult } from "../../../console/src/format/read_result.ts";
import { promptfooResult } from "../../support/promptfoo_result.ts";

Deno.test("readResult() reads of which model and assistant a result of promptfoo is", () => {
  const result = promptfooResult("eu.a.model-v1:0", "health");
  expect(readResult(JSON.stringify(result)))
    .toEqual({ result, assistant_type: "health", model_id: "eu.a.model-v1:0" });
  const arn = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.a.model";
  expect(readResult(JSON.stringify(promptfooResult(arn, "health")))?.model_id).toBe(arn);
});

Deno.test("readResult() takes no other file", () => {
  const ofDefault = promptfooResult("a", "health");
  ofDefault.results.results[0]!.provider.id = "openai:chat:default";
  for (
    const text of ["", "promptfoo", "[]", "null", "{}", '{"results":{"results":[]}}'].concat(
      JSON.stringify(ofDefault),
    )
  ) {
    expect(readResult(text)).toBeNull();
  }
});
