import { expect } from "@std/expect";
import { describeSettings } from "../../../console/src/format/describe_settings.ts";
import { registryView } from "../registry_views.ts";

Deno.test("describeSettings() says what each value means", () => {
  const texts = (changes: Partial<typeof registryView.settings>) =>
    describeSettings({ ...registryView.settings, ...changes }).map(({ text }) => text);
  expect(texts({}))
    .toEqual([
      "eu",
      "any region",
      "not required",
      "allowed",
      "may not chat",
      "conversations take no more turns",
    ]);
  expect(texts({
    allowed_geographies: ["eu", "uk"],
    function_geographies: ["eu"],
    require_mfa: true,
    require_person: true,
    allow_anonymous_users: true,
    allow_provider_retention: false,
    on_role_change: "move",
  })).toEqual([
    "eu, uk",
    "eu",
    "required for changes",
    "refused",
    "may chat",
    "conversations move to the new assistant",
  ]);
});
