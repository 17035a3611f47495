import { expect } from "@std/expect";
import {
  allPrices,
  changedPrices,
  priceValues,
} from "../../../console/src/switching/price_form.ts";
import { listedModel } from "../registry_views.ts";

const before = priceValues(listedModel("Pro"));

Deno.test("priceValues() leaves a price that is not known empty", () => {
  expect(before).toMatchObject({ input_cost_per_mtok: "1", cache_read_cost_per_mtok: "" });
});

Deno.test("changedPrices() sends the prices that differ; one that is emptied is not known", () => {
  expect(changedPrices(before, before)).toEqual({});
  expect(changedPrices(before, { ...before, input_cost_per_mtok: " 0.25 " }))
    .toEqual({ input_cost_per_mtok: 0.25 });
  expect(changedPrices(before, { ...before, output_cost_per_mtok: "" }))
    .toEqual({ output_cost_per_mtok: null });
});

Deno.test("allPrices() sends prices that are equal to the present ones, and unknown ones, too", () => {
  expect(allPrices(before)).toEqual({
    input_cost_per_mtok: 1,
    output_cost_per_mtok: 4.2,
    cache_read_cost_per_mtok: null,
    cache_write_cost_per_mtok: null,
    cache_write_1h_cost_per_mtok: null,
    long_prompt_tokens: null,
    long_prompt_factor: null,
  });
  expect(allPrices({ ...before, input_cost_per_mtok: "1,5" })).toBeNull();
});

Deno.test("changedPrices() guesses nothing of what is no number with a point", () => {
  for (const wrong of ["0,25", "1,000", "-1", "1e3", "$1", "0x10"]) {
    expect(changedPrices(before, { ...before, input_cost_per_mtok: wrong })).toBeNull();
  }
});
