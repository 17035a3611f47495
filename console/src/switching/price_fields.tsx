import { priceFields, type usePriceForm } from "./price_form.ts";

/** The prices of a model, and from when they hold. */
export function PriceFields(
  { form: { values, from, wrong } }: { form: ReturnType<typeof usePriceForm> },
) {
  return (
    <fieldset class="fields">
      <legend>US dollars per million tokens</legend>
      {Object.entries(priceFields).map(([name, label]) => (
        <label key={name}>
          {label}
          <input
            type="text"
            inputMode="decimal"
            placeholder={name.startsWith("long") ? "none" : "not known"}
            value={values.value[name as keyof typeof priceFields]}
            onInput={(event) =>
              values.value = { ...values.value, [name]: event.currentTarget.value }}
          />
        </label>
      ))}
      <label>
        Hold from, in UTC
        <input
          type="datetime-local"
          value={from.value}
          onInput={(event) => from.value = event.currentTarget.value}
        />
      </label>
      <p class="muted field-note" role={wrong ? "alert" : undefined}>
        {wrong
          ? "A price is a number with a point, such as 0.25."
          : "Without a time they hold from now on. What was answered before keeps its cost."}
      </p>
    </fieldset>
  );
}
