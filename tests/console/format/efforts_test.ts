import { expect } from "@std/expect";
import type { ListedModel } from "../../../console/src/api/manage_actions.ts";
import { describeEfforts, effortNames } from "../../../console/src/format/efforts.ts";
import { efforts, textOnly } from "../../../supabase/functions/_shared/registry/capabilities.ts";

type Thinking = NonNullable<ListedModel["capabilities"]["thinking"]>;

const thinking: Thinking = {
  mode: "adaptive",
  efforts: ["low", "high"],
  by_default: true,
  off: "disabled",
  forced_tools: true,
};
const model = (thinking?: Thinking) => ({
  model_name: "Haiku",
  capabilities: { ...textOnly, ...(thinking && { thinking }) },
});

Deno.test("effortNames has every effort in its order, by the API's word", () => {
  expect(Object.entries(effortNames)).toEqual(efforts.map((effort) => [effort, effort]));
});

Deno.test("describeEfforts() says which efforts a model has, and none where it can be kept from it", () => {
  expect(describeEfforts(model())).toBe("Haiku does not think.");
  expect(describeEfforts(model(thinking)))
    .toBe("Haiku has none, low, high. Another is taken as the nearest of them.");
  expect(describeEfforts(model({ ...thinking, off: "omitted" })))
    .toBe("Haiku has low, high. Another is taken as the nearest of them.");
  expect(describeEfforts(model({ ...thinking, by_default: false, off: "omitted" })))
    .toContain("has none, low");
});
