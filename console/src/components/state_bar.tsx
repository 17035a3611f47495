/** How much of something is used: one part is final, another one only held for what is running. */
export function StateBar(
  { label, text, tone, spent, held }: {
    /** What it is the state of, for who does not see it. */
    label: string;
    /** The figures in words. */
    text: string;
    tone: "ok" | "warn" | "danger";
    /** Shares of the whole; together they may be more than 1. */
    spent: number;
    held: number;
  },
) {
  const solid = Math.min(1, spent);
  const lighter = Math.min(1 - solid, held);
  return (
    <div
      class={`state-bar state-bar-${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round((solid + lighter) * 100)}
      aria-valuetext={text}
    >
      <span class="state-bar-spent" style={{ width: percent(solid) }} />
      <span class="state-bar-held" style={{ width: percent(lighter) }} />
    </div>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
