/** One of a few values, by a drop-down list. */
export function Choice<T extends string>(
  { label, value, options, onChoose }: {
    label: string;
    value: T;
    options: Readonly<Record<T, string>>;
    onChoose: (value: T) => void;
  },
) {
  return (
    <label class="inline-field">
      {label}
      <select
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value as T)}
      >
        {(Object.entries(options) as [T, string][]).map(([name, text]) => (
          <option key={name} value={name}>{text}</option>
        ))}
      </select>
    </label>
  );
}
