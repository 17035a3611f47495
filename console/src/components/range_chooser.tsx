import { chosenRange, ranges } from "../state/ranges.ts";

/** Which time the reports are about. */
export function RangeChooser() {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Time</legend>
      {ranges.map((range) => (
        <label key={range.days}>
          <input
            type="radio"
            name="range"
            value={range.days}
            checked={range.days === chosenRange.value.days}
            onChange={() => chosenRange.value = range}
          />
          <span>{range.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
