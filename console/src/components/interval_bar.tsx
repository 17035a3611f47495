/** A value with its bounds, beside what is tolerated and what would be alike (the middle). */
export function IntervalBar(
  { text, tone, lower, estimate, upper, tolerated }: {
    /** The figures in words. */
    text: string;
    tone: string;
    /** Places from 0, left, to 1. */
    lower: number;
    estimate: number;
    upper: number;
    tolerated: number;
  },
) {
  return (
    <div class={`interval interval-${tone}`} role="img" aria-label={text}>
      <span class="interval-alike" />
      <span
        class="interval-span"
        style={{ left: percent(lower), width: percent(upper - lower) }}
      />
      <span class="interval-estimate" style={{ left: percent(estimate) }} />
      <span class="interval-tolerated" style={{ left: percent(tolerated) }} />
    </div>
  );
}

function percent(place: number): string {
  return `${(place * 100).toFixed(1)}%`;
}
