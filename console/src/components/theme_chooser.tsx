import { parseTheme, themeChoice } from "../state/theme.ts";

/** Light, dark, or as the device has it. */
export function ThemeChooser() {
  return (
    <label class="inline-field">
      <span class="visually-hidden">Colours</span>
      <select
        value={themeChoice.value}
        onChange={(event) => themeChoice.value = parseTheme(event.currentTarget.value)}
      >
        <option value="system">Device colours</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
