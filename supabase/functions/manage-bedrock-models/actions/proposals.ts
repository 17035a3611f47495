import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ProposedChange } from "../../_shared/contract/proposals.ts";
import { AppError } from "../../_shared/core/app_error.ts";
import type { ServiceCaller, UserCaller } from "../../_shared/http/authenticate.ts";
import { guardrailOf } from "../../_shared/registry/assistant.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { Proposal } from "../../_shared/switching/proposal.ts";
import { proveModel } from "../../_shared/switching/prove_model.ts";
import { requireAssistant, requireModel } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `propose`: stores a change for a second person; a switch is probed as it would be. */
export async function proposeChange(
  { change, effective_at: effectiveAt, expires_at: expiresAt }: RequestOf<"propose">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"propose">> {
  const probeId = await prove(change, dependencies);
  const { probe: _, force: __, ...stored } = { probe: undefined, force: undefined, ...change };
  const proposed = await dependencies.proposals.propose(
    { change: stored, effectiveAt, expiresAt, probeId },
    author,
  );
  return {
    message: `Proposal ${proposed.proposal.id} waits for another platform admin to approve it.`,
    ...proposed,
  };
}

/** The probe of the model that a change would switch to; null where it switches to none. */
async function prove(
  change: ProposedChange,
  dependencies: ManageDependencies,
): Promise<number | null> {
  if (
    change.action !== "set-default" && change.action !== "set-assistant-model" &&
    change.action !== "start-rollout"
  ) return null;
  const { model_id: modelId, probe = true, force = false } = change;
  if (modelId === null) return null;
  const registry = await dependencies.readRegistryPart([modelId]);
  const assistant = change.action === "set-default" || change.assistant_type === undefined
    ? undefined
    : requireAssistant(registry, change.assistant_type);
  const proof = await proveModel({
    model: await requireModel(registry, modelId, dependencies),
    registry,
    assistantType: assistant?.assistant_type ?? null,
    config: assistant?.model_config ?? {},
    guardrail: guardrailOf(assistant),
    author: null,
    probes: probe,
    force,
  }, dependencies);
  return proof?.id ?? null;
}

/** `list-proposals`: those that wait first, and what is to be signed. */
export async function listProposals(
  { status, limit = 50 }: RequestOf<"list-proposals">,
  { proposals }: ManageDependencies,
): Promise<ResultOf<"list-proposals">> {
  const list = await proposals.list(status, limit);
  return { ...list, count: list.proposals.length };
}

/** `approve`: applies a proposal, if what it was decided on is unchanged. */
export async function approveChange(
  { id }: RequestOf<"approve">,
  { proposals }: ManageDependencies,
  { source }: ChangeAuthor,
  _gone: AbortSignal,
  caller: UserCaller | ServiceCaller,
): Promise<ResultOf<"approve">> {
  const approved = await proposals.approve(id, tokenOf(caller), source);
  return { message: describeDecision(approved.proposal), ...approved };
}

/** `reject`: ends a proposal; also how who made it takes it back. */
export async function rejectChange(
  { id }: RequestOf<"reject">,
  { proposals }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"reject">> {
  const rejected = await proposals.reject(id, author);
  return { message: describeDecision(rejected.proposal), ...rejected };
}

/** `sign`: a second person has seen what went back or was not approved. */
export async function signSwitch(
  { id }: RequestOf<"sign">,
  { proposals }: ManageDependencies,
  { reason }: ChangeAuthor,
  _gone: AbortSignal,
  caller: UserCaller | ServiceCaller,
): Promise<ResultOf<"sign">> {
  const signed = await proposals.sign(id, tokenOf(caller), reason);
  return { message: `Entry ${id} of the history is signed.`, ...signed };
}

/** @throws {AppError} `second_person_required`: a secret key belongs to no person */
function tokenOf(caller: UserCaller | ServiceCaller): string {
  if (caller.kind === "user") return caller.accessToken;
  throw new AppError("second_person_required", "A secret key can neither approve nor sign.", {
    hint: "Send the access token of a platform admin, or use the console.",
  });
}

function describeDecision({ id, status, problem, effective_at }: Proposal): string {
  switch (status) {
    case "applied":
      return `Proposal ${id} is approved and applied.`;
    case "approved":
      return `Proposal ${id} is approved. It is applied at ${effective_at}.`;
    case "returned":
      return `Proposal ${id} was not applied: ${problem}.`;
    case "rejected":
      return `Proposal ${id} is rejected.`;
    case "open":
    case "expired":
      return `Proposal ${id} is ${status}.`;
    default:
      return status satisfies never;
  }
}
