/** The JSON object that begins at `start`; null: none does, or it does not end. */
export function jsonAt(text: string, start: number): Readonly<Record<string, unknown>> | null {
  if (text[start] !== "{") return null;
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth += 1;
    else if (character === "}" && --depth === 0) return parsed(text.slice(start, at + 1));
  }
  return null;
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
