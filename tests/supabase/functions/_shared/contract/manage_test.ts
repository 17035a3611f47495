import { expect } from "@std/expect";
import {
  manageActions,
  manageRequestSchema,
} from "../../../../../supabase/functions/_shared/contract/manage.ts";

Deno.test("manageRequestSchema takes the range of a report in each of its forms", () => {
  const ranges = [
    {},
    { days: 1 },
    { days: 400, to: "2026-11-26T00:00:00Z" },
    { from: "2026-11-01T00:00:00.123456+05:30", to: "2026-11-26T00:00:00.5Z" },
  ];
  const actions = [
    { action: "usage", bucket: "hour", model_id: "gone", assistant_type: "health" },
    { action: "costs", bucket: "month" },
    { action: "performance", bucket: "total" },
    { action: "switch-effect", window_hours: 168 },
    { action: "what-if", model_id: "lite" },
  ];
  for (const range of ranges) {
    for (const action of actions) {
      expect(manageRequestSchema.parse({ ...action, ...range })).toEqual({ ...action, ...range });
    }
  }
});

Deno.test("manageRequestSchema says what is wanted where a report is asked for wrongly", () => {
  const time = "must be a time with its offset, such as 2026-11-01T00:00:00Z";
  const table: [object, string, string][] = [
    [{ action: "usage", from: "2026-11-01" }, "from", time],
    [{ action: "usage", from: "2026-11-01T00:00:00" }, "from", time],
    [{ action: "usage", from: "0000-01-01T00:00:00Z" }, "from", time],
    [{ action: "costs", to: "2026-02-30T00:00:00Z" }, "to", time],
    [{ action: "costs", to: 1764072000 }, "to", time],
    [{ action: "costs", days: 0 }, "days", ">=1"],
    [{ action: "costs", days: 401 }, "days", "<=400"],
    [{ action: "costs", days: 1.5 }, "days", "int"],
    [{ action: "performance", bucket: "week" }, "bucket", '"hour"|"day"|"month"|"total"'],
    [{ action: "switch-effect", window_hours: 169 }, "window_hours", "<=168"],
    [{ action: "what-if" }, "model_id", "string"],
  ];
  for (const [request, field, message] of table) {
    const { error } = manageRequestSchema.safeParse(request);
    const [issue] = error?.issues ?? [];
    expect({ request, field: issue?.path.join("."), message: issue?.message })
      .toEqual({ request, field, message: expect.stringContaining(message) });
  }
  const unknown = [
    { action: "costs", model_id: "lite" },
    { action: "switch-effect", bucket: "day" },
    { action: "what-if", model_id: "lite", bucket: "day" },
  ];
  for (const request of unknown) {
    const { error } = manageRequestSchema.safeParse(request);
    expect(error?.issues[0]?.code).toBe("unrecognized_keys");
  }
});

Deno.test("manageRequestSchema says which actions there are", () => {
  const { error } = manageRequestSchema.safeParse({ action: "delete" });
  expect(error?.issues[0]?.message).toContain("must be one of list, get-default, validate");
});

Deno.test("each action of the contract refuses a field that it does not know", () => {
  for (const [name, { request }] of Object.entries(manageActions)) {
    const { error } = request.safeParse({ no_such_field: 1 });
    const codes = error?.issues.map(({ code }) => code);
    expect({ name, codes }).toEqual({ name, codes: expect.arrayContaining(["unrecognized_keys"]) });
  }
});
