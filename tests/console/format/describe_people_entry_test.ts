import { expect } from "@std/expect";
import {
  describePeopleEntry,
  isPeopleEntry,
} from "../../../console/src/format/describe_people_entry.ts";
import { formatDate, formatMoment } from "../../../console/src/format/time.ts";

const entry = { action: "erase", from: null, to: null, reason: null };

Deno.test("describePeopleEntry() says what was erased, how much, and until when backups hold it", () => {
  const to = {
    kind: "user",
    user_hash: "5f0a",
    conversations: 2,
    messages: 1234,
    objects: 1,
    limit_windows: 3,
    limit_windows_left: 1,
    limit_windows_until: "2026-12-01T00:00:00Z",
    backups_until: "2026-12-30",
  };
  expect(describePeopleEntry({ ...entry, to })).toEqual({
    what: "Erased: a user",
    details: [
      "conversations: 2",
      "messages: 1,234",
      "files: 1",
      "windows of limits: 3",
      `windows of soft limits that stay: 1, until ${formatMoment("2026-12-01T00:00:00Z")}`,
      `backups may hold it to the end of ${formatDate("2026-12-30")}`,
      "user, as a hash: 5f0a",
    ],
  });
  const sweep = { kind: "retention", assistant_type: "health", conversations: 1, messages: 2 };
  expect(describePeopleEntry({ ...entry, to: sweep }))
    .toEqual({
      what: "Erased: old conversations of health",
      details: ["conversations: 1", "messages: 2"],
    });
});

Deno.test("describePeopleEntry() says what was exported, and who is under a hold", () => {
  const exported = { user_hash: "5f0a", conversations: 0, messages: 0 };
  expect(describePeopleEntry({ ...entry, action: "export-user", to: exported })).toEqual({
    what: "Data of a user exported",
    details: ["conversations: 0", "messages: 0", "user, as a hash: 5f0a"],
  });
  const hold = { user_id: "u1", until: null, reason: "Case 12" };
  const set = { action: "set-legal-hold", from: null, to: hold };
  expect(describePeopleEntry({ ...set, reason: "Case 12" }))
    .toEqual({ what: "Legal hold on user u1", details: ["until it is removed"] });
  expect(describePeopleEntry({ ...set, reason: "Another" }).details)
    .toEqual(["until it is removed", "reason: Case 12"]);
  expect(describePeopleEntry({ ...entry, action: "remove-legal-hold", from: hold }))
    .toEqual({
      what: "Legal hold on user u1 removed",
      details: ["until it is removed", "reason: Case 12"],
    });
  expect([isPeopleEntry(set), isPeopleEntry({ action: "update" })]).toEqual([true, false]);
});
