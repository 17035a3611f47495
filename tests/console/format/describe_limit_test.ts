import { expect } from "@std/expect";
import {
  describeCounted,
  describeLimitImpact,
  describeNear,
  describeScope,
  orderLimits,
} from "../../../console/src/format/describe_limit.ts";
import { limitStatus, limitWindow } from "../limits.ts";

const limit = limitStatus();

Deno.test("describeScope() says which user or key a limit is of, where its name does not", () => {
  const keys = [{ id: "k", name: "Docs bot", prefix: "bsk_Ab3_x9" }];
  expect(describeScope({ scope: { kind: "api_key", id: "k" } }, keys)).toBe(
    "Docs bot, bsk_Ab3_x9…",
  );
  expect(describeScope({ scope: { kind: "api_key", id: "gone" } }, keys)).toBe("key gone");
  expect(describeScope({ scope: { kind: "user", id: "u" } }, keys)).toBe("user u");
  expect(describeScope(limit, keys)).toBeNull();
});

Deno.test("describeNear() counts users, and says nothing where none is near", () => {
  expect(describeNear({ near: 0, full: 0 })).toBeNull();
  expect(describeNear({ near: 1, full: 0 })).toBe("1 user at 80 % or more");
  expect(describeNear({ near: 1200, full: 3 }))
    .toBe("1,200 users at 80 % or more, 3 of them at 100 %");
  expect([0, 1, 2].map((count) => describeCounted({ count })))
    .toEqual(["no user in this window", "1 user in this window", "2 users in this window"]);
});

Deno.test("describeLimitImpact() says what is used already, and of how many users", () => {
  const none = { windows: [], count: 0, near: 0, full: 0 };
  expect(describeLimitImpact({ ...limit, former: null, impact: none })).toEqual([
    { term: "Limit", text: limit.name },
    { term: "Amount", text: "60" },
    { term: "Used already", text: "nothing" },
  ]);
  const windows = [limitWindow({ user_id: "u", spent: 58, left: 2 })];
  expect(describeLimitImpact({
    ...limit,
    former: { ...limit, amount: 100 },
    impact: { windows, count: 7, near: 1, full: 0 },
  })).toEqual([
    { term: "Limit", text: limit.name },
    { term: "Amount", text: "100 → 60" },
    { term: "Used already", text: "7 users, at most 58 of 60 (97 %)" },
    { term: "Near it", text: "1 user at 80 % or more" },
  ]);
  expect(describeLimitImpact({
    ...limit,
    name: "turns at once for the project",
    scope: { kind: "project", id: null },
    unit: "concurrent",
    amount: 8,
    former: null,
    impact: { ...none, count: 1, windows: [limitWindow({ held: 2 })] },
  })).toEqual([
    { term: "Limit", text: "turns at once for the project" },
    { term: "Amount", text: "8" },
    { term: "Used already", text: "2 of 8 (25 %)" },
  ]);
});

Deno.test("orderLimits() puts those that are near or reached first, and leaves the others", () => {
  const used = (id: number, spent: number) =>
    limitStatus({ id, windows: [limitWindow({ spent })] });
  const ids = orderLimits([
    used(1, 10),
    used(2, 50),
    used(3, 40),
    used(4, 60),
    limitStatus({ id: 5 }),
  ])
    .map(({ id }) => id);
  expect(ids).toEqual([4, 2, 1, 3, 5]);
});
