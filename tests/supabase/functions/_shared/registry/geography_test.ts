import { expect } from "@std/expect";
import fc from "fast-check";
import {
  geographies,
  geographiesOfCall,
  geographyOfRegion,
  outsideOf,
  type Place,
} from "../../../../../supabase/functions/_shared/registry/geography.ts";

const frankfurt = "eu-central-1";
const profileArn = (id: string, region = frankfurt) =>
  `arn:aws:bedrock:${region}:123456789012:inference-profile/${id}`;

Deno.test("geographyOfRegion() tells the European Union from London and Zurich", () => {
  for (
    const [region, place] of [
      ["eu-central-1", "eu"],
      ["eu-south-2", "eu"],
      ["eu-west-2", "uk"],
      ["eu-central-2", "ch"],
      ["us-east-1", "us"],
      ["us-gov-west-1", "us-gov"],
      ["ap-northeast-1", "jp"],
      ["ap-southeast-1", "apac"],
      ["*", "global"],
      ["eu-nowhere-9", "unknown"],
      ["", "unknown"],
    ] as const
  ) expect([region, geographyOfRegion(region)]).toEqual([region, place]);
});

Deno.test("geographiesOfCall() reads the region, the profile's prefix and an ARN", () => {
  for (
    const [modelId, region, places] of [
      ["amazon.nova-pro-v1:0", frankfurt, ["eu"]],
      ["amazon.nova-pro-v1:0", "us-east-1", ["us"]],
      // Dots in a name do not make a prefix.
      ["deepseek.v3.2", frankfurt, ["eu"]],
      ["openai.gpt-5.4", frankfurt, ["eu"]],
      ["eu.amazon.nova-pro-v1:0", frankfurt, ["eu"]],
      ["eu.anthropic.claude-sonnet-5-5", "eu-west-2", ["eu", "uk"]],
      ["us.amazon.nova-pro-v1:0", "ca-central-1", ["ca", "us"]],
      ["global.anthropic.claude-sonnet-5-5", frankfurt, ["eu", "global"]],
      ["jp.anthropic.claude-sonnet-5-5", "ap-northeast-1", ["jp"]],
      // A prefix that AWS may add some day.
      ["amer.anthropic.claude-sonnet-5-5", frankfurt, ["eu", "unknown"]],
      [profileArn("eu.amazon.nova-pro-v1:0"), "us-east-1", ["eu"]],
      [profileArn("us.amazon.nova-pro-v1:0", "us-east-1"), frankfurt, ["us"]],
      [profileArn("mine"), frankfurt, ["eu", "unknown"]],
      [
        "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-pro-v1:0",
        frankfurt,
        ["uk"],
      ],
      [
        "arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0",
        frankfurt,
        ["global"],
      ],
      [
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123",
        frankfurt,
        ["eu", "unknown"],
      ],
      ["arn:", frankfurt, ["global", "unknown"]],
    ] as const
  ) {
    expect([modelId, geographiesOfCall({ modelId, region })]).toEqual([
      modelId,
      places,
    ]);
  }
});

Deno.test("geographiesOfCall() adds the destinations to what the id says", () => {
  const places = (modelId: string, destinationRegions: string[]) =>
    geographiesOfCall({ modelId, region: frankfurt, destinationRegions });
  expect(places("eu.a.b", ["eu-west-1", "us-east-1", "xx-new-1"])).toEqual([
    "eu",
    "unknown",
    "us",
  ]);
  // A list of destinations does not make a global profile less than global.
  expect(places("global.a.b", [frankfurt])).toEqual(["eu", "global"]);
  expect(places("eu.a.b", ["*"])).toEqual(["eu", "global"]);
  // Where the id does not tell, the destinations do.
  expect(places("amer.a.b", ["us-east-1"])).toEqual(["eu", "us"]);
  expect(places("amer.a.b", [])).toEqual(["eu", "unknown"]);
});

Deno.test("outsideOf() lets a wider geography hold its countries, and not the other way round", () => {
  expect(outsideOf(["jp", "au"], ["apac"])).toEqual([]);
  expect(outsideOf(["apac"], ["jp"])).toEqual(["apac"]);
  expect(outsideOf(["eu", "uk"], ["eu"])).toEqual(["uk"]);
  expect(outsideOf(["eu", "unknown", "global"], ["eu"])).toEqual([
    "unknown",
    "global",
  ]);
  expect(outsideOf(["eu", "unknown"], ["eu", "unknown"])).toEqual(["unknown"]);
  expect(outsideOf(["eu", "unknown", "global"], ["global"])).toEqual([]);
  expect(outsideOf(["eu"], [])).toEqual(["eu"]);
});

const place = fc.constantFrom<Place>(...geographies, "unknown");

Deno.test("outsideOf() never finds more outside when more is allowed", () => {
  fc.assert(fc.property(
    fc.array(place),
    fc.array(fc.constantFrom(...geographies)),
    fc.constantFrom(...geographies),
    (places, allowed, another) => {
      const before = outsideOf(places, allowed);
      for (const left of outsideOf(places, [...allowed, another])) {
        expect(before).toContain(left);
      }
    },
  ));
});

Deno.test("geographiesOfCall() never hides a destination, whatever the id", () => {
  fc.assert(fc.property(
    fc.string(),
    fc.array(
      fc.constantFrom(
        "eu-west-1",
        "us-east-1",
        "ap-south-1",
        "*",
        "new-region-1",
      ),
    ),
    (modelId, destinationRegions) => {
      const places = geographiesOfCall({
        modelId,
        region: frankfurt,
        destinationRegions,
      });
      for (const region of destinationRegions) {
        expect(places).toContain(geographyOfRegion(region));
      }
      expect(places).toEqual([...new Set(places)].sort());
    },
  ));
});
