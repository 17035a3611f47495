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
      "answer no calls without an assistant",
      "conversations take no more turns",
      "30 days",
    ]);
  expect(texts({
    allowed_geographies: ["eu", "uk"],
    function_geographies: ["eu"],
    require_mfa: true,
    require_person: true,
    allow_anonymous_users: true,
    allow_provider_retention: false,
    on_role_change: "move",
    backup_days: 7,
  })).toEqual([
    "eu, uk",
    "eu",
    "required for changes",
    "refused",
    "may chat",
    "answer no calls without an assistant",
    "conversations move to the new assistant",
    "7 days",
  ]);
});
