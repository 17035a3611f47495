import { computed, effect, signal } from "@preact/signals";

/** What was chosen; `system` follows the device. */
export type ThemeChoice = "system" | "light" | "dark";
export type Scheme = "light" | "dark";

const storageKey = "switchboard-console-theme";
const deviceIsDark = signal(false);

export const themeChoice = signal<ThemeChoice>("system");

/** What is shown. */
export const scheme = computed<Scheme>(() => {
  if (themeChoice.value !== "system") return themeChoice.value;
  return deviceIsDark.value ? "dark" : "light";
});

/** Takes the choice of the last visit, and keeps page and storage up with it. */
export function startTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  deviceIsDark.value = query.matches;
  query.addEventListener(
    "change",
    ({ matches }) => deviceIsDark.value = matches,
  );
  themeChoice.value = parseTheme(localStorage.getItem(storageKey));
  effect(() => {
    localStorage.setItem(storageKey, themeChoice.value);
    document.documentElement.dataset.scheme = scheme.value;
  });
}

export function parseTheme(text: string | null): ThemeChoice {
  return text === "light" || text === "dark" ? text : "system";
}
