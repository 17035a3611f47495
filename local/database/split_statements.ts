/**
 * Splits an SQL script into its statements, without their semicolons, as the Supabase CLI does
 * before it records them. Knows quotes, dollar quotes, comments and `begin atomic` bodies.
 */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let atomicDepth = 0;
  for (let at = 0; at < script.length;) {
    const skipped = skipOpaque(script, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const word = /^[a-z_][a-z0-9_$]*/i.exec(script.slice(at, at + 64))?.[0].toLowerCase();
    if (word !== undefined) {
      at += word.length;
      if (word === "begin" && /^\s+atomic\b/i.test(script.slice(at))) atomicDepth++;
      else if (atomicDepth > 0 && word === "case") atomicDepth++;
      else if (atomicDepth > 0 && word === "end") atomicDepth--;
      continue;
    }
    if (script[at] === ";" && atomicDepth === 0) {
      add(script.slice(start, at));
      start = at + 1;
    }
    at++;
  }
  add(script.slice(start));
  return statements;

  function add(statement: string): void {
    const trimmed = statement.trim();
    if (trimmed !== "" && !isOnlyComments(trimmed)) statements.push(trimmed);
  }
}

/** The end of the comment, string, quoted name or dollar quote that begins at `at`, else `at`. */
function skipOpaque(script: string, at: number): number {
  const rest = script.slice(at, at + 2);
  if (rest === "--") return endAfter(script, "\n", at);
  if (rest === "/*") return endOfComment(script, at);
  if (/^[eE]'/.test(rest) && !/[\w$]/.test(script[at - 1] ?? "")) {
    return endOfQuote(script, at + 1, true);
  }
  if (rest[0] === "'" || rest[0] === '"') return endOfQuote(script, at, false);
  if (rest[0] === "$" && !/[\w$]/.test(script[at - 1] ?? "")) {
    const tag = /^\$(?:[a-z_][a-z0-9_]*)?\$/i.exec(script.slice(at, at + 66))?.[0];
    if (tag !== undefined) return endAfter(script, tag, at + tag.length);
  }
  return at;
}

function endAfter(script: string, text: string, from: number): number {
  const found = script.indexOf(text, from);
  return found === -1 ? script.length : found + text.length;
}

/** Comments nest in PostgreSQL. */
function endOfComment(script: string, at: number): number {
  let depth = 0;
  for (let i = at; i < script.length; i++) {
    const pair = script.slice(i, i + 2);
    if (pair === "/*") depth++;
    if (pair === "*/") depth--;
    if (pair === "/*" || pair === "*/") i++;
    if (depth === 0) return i + 1;
  }
  return script.length;
}

/** A doubled quote stays inside by itself: it ends one string and begins the next. */
function endOfQuote(script: string, at: number, backslashEscapes: boolean): number {
  for (let i = at + 1; i < script.length; i++) {
    if (backslashEscapes && script[i] === "\\") i++;
    else if (script[i] === script[at]) return i + 1;
  }
  return script.length;
}

function isOnlyComments(statement: string): boolean {
  let at = 0;
  while (at < statement.length) {
    if (/\s/.test(statement[at] ?? "")) at++;
    else if (/^(--|\/\*)/.test(statement.slice(at, at + 2))) at = skipOpaque(statement, at);
    else return false;
  }
  return true;
}
