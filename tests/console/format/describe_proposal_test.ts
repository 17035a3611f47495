import { expect } from "@std/expect";
import type { Proposal } from "../../../console/src/api/manage_actions.ts";
import {
  describeApproval,
  describeFate,
  describeProposal,
  describeProposer,
  foreseenChange,
} from "../../../console/src/format/describe_proposal.ts";

const proposal: Proposal = {
  id: 7,
  created_at: "2026-11-30T10:00:00Z",
  status: "open",
  change: { action: "set-default", model_id: "b" },
  registry_version: 3,
  probe_id: null,
  reason: null,
  proposed_by: "ada",
  proposed_by_email: "ada@example.com",
  proposed_by_key: null,
  database_role: "service_role",
  effective_at: null,
  expires_at: "2026-12-07T10:00:00Z",
  decided_by: null,
  decided_by_email: null,
  decided_by_key: null,
  decided_at: null,
  decision_reason: null,
  applied_at: null,
  problem: null,
};
const nameOf = (id: string | null) => id === null ? "no model" : `Model ${id}`;
const of = (change: Proposal["change"]) => describeProposal({ ...proposal, change }, nameOf);

Deno.test("describeProposal() says what would be changed, to the last field", () => {
  expect(of({ action: "set-default", model_id: "b" }))
    .toEqual({ what: "Default switched to Model b", details: [] });
  expect(of({ action: "set-assistant-model", assistant_type: "health", model_id: null }).what)
    .toBe("health follows the default");
  expect(
    of({
      action: "set-assistant",
      assistant_type: "health",
      system_prompt: "Be brief.",
      is_protected: false,
    }),
  ).toEqual({
    what: "health changed",
    details: [
      "system prompt: Be brief.",
      "changes of its model and prompt need no second person",
    ],
  });
  expect(of({ action: "disable", model_id: "b", now: true }).details)
    .toEqual(["also for the conversations that are pinned to it"]);
  expect(
    of({
      action: "set-limit",
      scope: { kind: "each_user", id: "health" },
      unit: "turns",
      amount: 60,
      period: "minute",
      enforcement: "soft",
    }),
  ).toEqual({
    what: "Limit of turns per minute for each user of health set to 60",
    details: ["soft"],
  });
  expect(of({ action: "set-default", model_id: "b", watch_minutes: 30 }).details)
    .toEqual(["watched for minutes: 30"]);
  expect(of({ action: "of-a-later-version" }).what).toBe("of-a-later-version");
});

Deno.test("describeProposer() names the user, the key or the role", () => {
  expect(describeProposer(proposal, "ada")).toBe("you");
  expect(describeProposer(proposal, "ben")).toBe("ada@example.com");
  const byKey = { ...proposal, proposed_by: null, proposed_by_email: null, proposed_by_key: "ci" };
  expect(describeProposer(byKey, "ada")).toBe("key ci");
  expect(describeProposer({ ...byKey, proposed_by_key: null }, "ada")).toBe("role service_role");
});

Deno.test("describeFate() says why a proposal was not applied", () => {
  const returned = { ...proposal, status: "returned", problem: "the default is another one now" };
  expect(describeFate(returned as Proposal)).toContain("the default is another one now");
});

Deno.test("foreseenChange() is the change, where its impact can be foreseen", () => {
  expect(foreseenChange(proposal)).toEqual(proposal.change);
  expect(foreseenChange({ ...proposal, change: { ...proposal.change, watch_minutes: 30 } }))
    .toEqual(proposal.change);
  expect(foreseenChange({ ...proposal, change: { action: "set-assistant" } })).toBeNull();
});

Deno.test("describeApproval() tells what is signed from what is not", () => {
  const entry = { approval: "unapproved", proposal_id: null, signature: null } as const;
  expect(describeApproval(entry)).toBe("not approved: to be signed");
  const signature = { signed_by: "ben", email: null, signed_at: "2026-11-30", reason: null };
  expect(describeApproval({ ...entry, approval: "going-back", signature }))
    .toBe("needed no approval: signed by ben");
  expect(describeApproval({ ...entry, approval: "approved", proposal_id: 3 }))
    .toBe("approved: proposal 3");
});
