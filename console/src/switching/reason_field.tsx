import type { Signal } from "@preact/signals";

/** Why a change is made; kept in the audit log. */
export function ReasonField({ reason, disabled }: { reason: Signal<string>; disabled: boolean }) {
  return (
    <label>
      Reason
      <input
        type="text"
        maxLength={500}
        placeholder="Optional; kept in the audit log"
        value={reason.value}
        disabled={disabled}
        onInput={(event) => reason.value = event.currentTarget.value}
      />
    </label>
  );
}

/** The request's field; none where nothing was written. */
export function reasonArgs(reason: string): { reason?: string } {
  const text = reason.trim();
  return text === "" ? {} : { reason: text };
}
