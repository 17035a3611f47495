import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Basis, heldBackMs } from "./switch_flow.ts";

/** Confirms what is shown, once that could be looked at. Give it a `key` of what is shown. */
export function ConfirmButton(
  { basis, label, ready, onConfirm }: {
    basis: Basis;
    label: string;
    /** Whether there is something to look at yet. */
    ready: boolean;
    onConfirm: () => void;
  },
) {
  const ms = heldBackMs(basis);
  const heldBack = useSignal(ms > 0);
  useEffect(() => {
    if (!heldBack.value) return;
    const timer = setTimeout(() => heldBack.value = false, ms);
    return () => clearTimeout(timer);
  }, []);
  return (
    <button
      type="button"
      class="button button-primary"
      disabled={heldBack.value || !ready}
      onClick={onConfirm}
    >
      {label}
    </button>
  );
}
