/** Proposals and signatures in words. */
import type { Change, ModelSwitch, Proposal } from "../api/manage_actions.ts";
import type { EntryDescription } from "./describe_entry.ts";
import { describeValue, type NameOf } from "./describe_columns.ts";
import { formatAmount } from "./limit_figures.ts";
import { nameOfLimit } from "./limit_name.ts";
import { formatMoment } from "./time.ts";

/** What a proposal would change. */
export function describeProposal({ change }: Proposal, nameOf: NameOf): EntryDescription {
  const { action, model_id: id, assistant_type: type, ...fields } = change;
  const model = nameOf(typeof id === "string" ? id : null);
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => describeValue(column, value, nameOf));
  switch (action) {
    case "set-default":
      return { what: `Default switched to ${model}`, details };
    case "set-assistant-model":
      return {
        what: id === null ? `${type} follows the default` : `${type} answers with ${model}`,
        details,
      };
    case "set-assistant":
      return { what: `${type} changed`, details };
    case "enable":
      return { what: `${model} enabled`, details };
    case "disable":
      return {
        what: `${model} disabled`,
        details: fields.now === true ? ["also for the conversations that are pinned to it"] : [],
      };
    case "set-price":
      return { what: `Price of ${model} set`, details };
    case "set-aliases":
      return { what: `Aliases of ${model} set`, details };
    case "set-limit":
      return describeSetLimit(fields as unknown as SetLimit);
    case "remove-limit":
      return { what: `Limit ${fields.id} removed`, details: [] };
    default:
      return { what: String(action), details };
  }
}

type SetLimit = Omit<Extract<Change, { action: "set-limit" }>, "action">;

function describeSetLimit({ scope, unit, amount, period, enforcement, time_zone }: SetLimit) {
  const { kind, id = null } = scope;
  const isOfOne = kind === "user" || kind === "api_key";
  const name = nameOfLimit({ unit, period: period ?? null, kind, assistant: isOfOne ? null : id });
  return {
    what: `Limit of ${name} set to ${formatAmount(amount, unit)}`,
    details: [
      ...(isOfOne ? [`${kind === "user" ? "user" : "API key"}: ${id}`] : []),
      ...(enforcement === undefined ? [] : [enforcement]),
      ...(time_zone === undefined ? [] : [`in ${time_zone}`]),
    ],
  };
}

/** The change of a proposal whose impact can be foreseen; null: that of no other. */
export function foreseenChange({ change: proposed }: Proposal): Change | null {
  // Whether it is watched changes nothing of what it does.
  const { watch_minutes: _, ...change } = proposed;
  switch (change.action) {
    case "set-default":
    case "enable":
    case "disable":
    case "set-assistant-model":
    case "set-limit":
      // The API took it for one, when it was proposed.
      return change as unknown as Change;
    default:
      return null;
  }
}

/** Who proposed it. */
export function describeProposer(
  { proposed_by, proposed_by_email, proposed_by_key, database_role }: Proposal,
  ownUserId: string,
): string {
  if (proposed_by === ownUserId) return "you";
  return proposed_by_email ?? proposed_by ??
    (proposed_by_key === null ? `role ${database_role}` : `key ${proposed_by_key}`);
}

/** What became of a proposal, or is to become of it; a line each. */
export function describeFate(proposal: Proposal): string[] {
  const { status, effective_at, expires_at, decided_at, applied_at, problem } = proposal;
  const decider = proposal.decided_by_email ?? proposal.decided_by ??
    (proposal.decided_by_key === null ? "a database role" : `key ${proposal.decided_by_key}`);
  const from = effective_at === null ? [] : [`effective from ${formatMoment(effective_at)}`];
  const decided = decided_at === null ? [] : [`by ${decider} on ${formatMoment(decided_at)}`];
  switch (status) {
    case "open":
      return [...from, `can be approved until ${formatMoment(expires_at)}`];
    case "approved":
      return [...from, ...decided];
    case "applied":
      return [...decided, ...(applied_at === null ? [] : [`applied ${formatMoment(applied_at)}`])];
    case "returned":
      return [...decided, ...(problem === null ? [] : [problem])];
    case "rejected":
      return [
        ...decided,
        ...(proposal.decision_reason === null ? [] : [proposal.decision_reason]),
      ];
    case "expired":
      return [`was not approved until ${formatMoment(expires_at)}`];
    default:
      return status satisfies never;
  }
}

/** How a change of a protected assistant passed, and who signed it. */
export function describeApproval(
  { approval, proposal_id, signature }: Pick<
    ModelSwitch,
    "approval" | "proposal_id" | "signature"
  >,
): string {
  const signed = signature === null
    ? "to be signed"
    : `signed by ${signature.email ?? signature.signed_by}`;
  switch (approval) {
    case null:
      return "";
    case "approved":
      return proposal_id === null
        ? "approved with its rollout"
        : `approved: proposal ${proposal_id}`;
    case "going-back":
      return `needed no approval: ${signed}`;
    case "unapproved":
      return `not approved: ${signed}`;
    default:
      return approval satisfies never;
  }
}
