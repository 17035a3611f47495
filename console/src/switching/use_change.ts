import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { Affected } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { reasonArgs } from "./reason_field.tsx";
import { undoError } from "./late_undo.ts";
import { findUndo, useUserId } from "./undo.ts";

/** What a change answered. */
export interface ChangeResult {
  readonly message: string;
  readonly warnings?: readonly string[];
  readonly affected?: Affected | null;
  /** How many entries of the audit log it has written. Default: 1. */
  readonly entries?: number;
  /** What takes it back, where a rollback does not. */
  readonly undo?: Undo;
}

export type Undo = () => Promise<{ readonly message: string }>;

export type ChangeStep =
  /** `error`: why the last attempt was refused; what was entered is still there. */
  | { readonly kind: "confirm"; readonly error: ApiError | null }
  | { readonly kind: "leaving" }
  | { readonly kind: "working" }
  | { readonly kind: "done"; readonly result: ChangeResult; readonly undo: Undo | null }
  | { readonly kind: "undoing" }
  | { readonly kind: "undone"; readonly message: string }
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
      const undo = result.undo ??
        await findUndo(services, { entries: result.entries ?? 1, userId, since });
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
      const { message } = await undo();
      await services.registry.load();
      step.value = { kind: "undone", message };
    } catch (failure) {
      step.value = { kind: "failed", error: undoError(failure) };
      services.registry.load();
    }
  };
  return {
    step,
    reason,
    confirm: (): void => void confirm(),
    undo: (undo: Undo): void => void takeBack(undo),
  };
}
