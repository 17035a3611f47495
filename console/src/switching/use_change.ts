import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { Affected, ProposedChange } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { reasonArgs } from "./reason_field.tsx";
import { type Undo, undoError } from "./late_undo.ts";
import { findUndo, useUserId } from "./undo.ts";

/** What a change answered. */
export interface ChangeResult {
  readonly message: string;
  readonly warnings?: readonly string[];
  readonly affected?: Affected | null;
  /** How many entries of the audit log it has written. Default: 1. */
  readonly entries?: number;
  /** What takes it back, where a rollback does not; null: nothing does. */
  readonly undo?: Undo | null;
}

export type ChangeStep =
  /** `error`: why the last attempt was refused; what was entered is still there. */
  | { readonly kind: "confirm"; readonly error: ApiError | null }
  | { readonly kind: "leaving" }
  | { readonly kind: "working" }
  | { readonly kind: "done"; readonly result: ChangeResult; readonly undo: Undo | null }
  | { readonly kind: "undoing" }
  | { readonly kind: "undone"; readonly message: string; readonly nothing: boolean }
  | { readonly kind: "failed"; readonly error: ApiError };

export type Perform = (args: { reason?: string }) => Promise<ChangeResult>;

/** Makes a change, and takes it back. */
export function useChange(perform: Perform) {
  const services = useServices();
  const userId = useUserId();
  const reason = useSignal("");
  const step = useSignal<ChangeStep>({ kind: "confirm", error: null });

  const confirm = async () => {
    step.value = { kind: "working" };
    const since = services.registry.view?.version ?? 0;
    try {
      const result = await perform(reasonArgs(reason.value));
      await services.registry.load();
      const undo = result.undo !== undefined
        ? result.undo
        : await findUndo(services, { entries: result.entries ?? 1, userId, since });
      step.value = { kind: "done", result, undo };
    } catch (failure) {
      step.value = { kind: "confirm", error: toApiError(failure) };
      // What is shown behind the dialog may be what was refused for being out of date.
      services.registry.load();
    }
  };
  const takeBack = async (undo: Undo) => {
    step.value = { kind: "undoing" };
    try {
      const { message, changes } = await undo();
      await services.registry.load();
      step.value = { kind: "undone", message, nothing: changes?.length === 0 };
    } catch (failure) {
      step.value = { kind: "failed", error: undoError(failure) };
      services.registry.load();
    }
  };
  const propose = async (change: ProposedChange) => {
    step.value = { kind: "working" };
    try {
      const { message } = await services.manage("propose", {
        change,
        ...reasonArgs(reason.value),
      });
      step.value = { kind: "done", result: { message }, undo: null };
    } catch (failure) {
      step.value = { kind: "confirm", error: toApiError(failure) };
    }
  };
  return {
    step,
    reason,
    /** For a second person, where the change itself was refused for want of one. */
    propose: (change: ProposedChange): void => void propose(change),
    confirm: (): void => void confirm(),
    undo: (undo: Undo): void => void takeBack(undo),
  };
}
