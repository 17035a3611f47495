import { expect } from "@std/expect";
import { snakeKeys } from "../../../../supabase/functions/manage-bedrock-models/snake_keys.ts";

Deno.test("snakeKeys() renames properties at every depth and leaves values alone", () => {
  expect(snakeKeys({
    modelId: "aB.cD",
    from: { retiresOn: null },
    list: [{ isAvailable: true }, "someText"],
    empty: [],
  })).toEqual({
    model_id: "aB.cD",
    from: { retires_on: null },
    list: [{ is_available: true }, "someText"],
    empty: [],
  });
});
