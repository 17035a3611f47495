import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Basis, heldBackMs } from "./switch_flow.ts";

/** Confirms what is shown, once that could be looked at. Give it a `key` of what is shown. */
export function ConfirmButton(
  { basis, label, onConfirm }: { basis: Basis; label: string; onConfirm: () => void },
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
      disabled={heldBack.value}
      onClick={onConfirm}
    >
      {label}
    </button>
  );
}
