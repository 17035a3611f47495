import { expect } from "@std/expect";
import {
  placesNotAllowed,
  placesOfModel,
} from "../../../../../supabase/functions/_shared/registry/residency.ts";

const model = (model_id: string, geographies: string[] | null, region: string | null = null) => ({
  model_id,
  geographies,
  region,
});

Deno.test("placesOfModel() adds what id and region say to what the row says", () => {
  expect(placesOfModel(model("eu.a.model", ["eu"]))).toEqual(["eu"]);
  expect(placesOfModel(model("us.a.model", ["eu"]))).toEqual(["eu", "us"]);
  expect(placesOfModel(model("a.model", ["eu"], "us-east-1"))).toEqual(["eu", "us"]);
  expect(placesOfModel(model("a.model", ["eu"], "mars-north-1"))).toEqual(["eu", "unknown"]);
  expect(placesOfModel(model("arn:aws:bedrock:eu-west-2:1:inference-profile/eu.a.b", ["eu"])))
    .toEqual(["eu", "uk"]);
});

Deno.test("placesOfModel() says unknown where the row does not know, and settles new prefixes", () => {
  expect(placesOfModel(model("a.model", null))).toEqual(["unknown"]);
  expect(placesOfModel(model("eu.a.model", null))).toEqual(["eu", "unknown"]);
  expect(placesOfModel(model("xx.a.model", null))).toEqual(["unknown"]);
  expect(placesOfModel(model("xx.a.model", ["eu"]))).toEqual(["eu"]);
});

Deno.test("placesNotAllowed() is empty where every place is allowed", () => {
  expect(placesNotAllowed(model("eu.a.model", ["eu"]), ["eu"])).toEqual([]);
  expect(placesNotAllowed(model("jp.a.model", ["jp"]), ["apac"])).toEqual([]);
  expect(placesNotAllowed(model("a.model", null), ["global"])).toEqual([]);
  expect(placesNotAllowed(model("a.model", ["eu"]), [])).toEqual(["eu"]);
});
