/** Aliases as they are typed, divided by spaces, commas or lines; each once. */
export function readAliases(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((name) => name !== ""))];
}

/** What is wrong with them, in words; null where nothing is. */
export function problemOfAliases(aliases: readonly string[]): string | null {
  const wrong = aliases.find((name) => !/^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,127}$/.test(name));
  if (wrong !== undefined) {
    return `${wrong} is no alias: it has letters, digits and . _ : - only, and begins with a letter or digit.`;
  }
  if (aliases.includes("default")) return "default already means the default model.";
  return aliases.length > 20 ? "A model has at most 20 aliases." : null;
}
