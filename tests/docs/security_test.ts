/** docs/security.md has each point of its lists once, with a state, and names tests that exist. */
import { expect } from "@std/expect";
import { readSource } from "../support/source_files.ts";

/** Who can do what is open. */
const doers = /\b(?:[Tt]he (?:app|operator|project)|AWS|Supabase)\b/;

/** How many points each section of the lists has, in the editions that the page names. */
const sections: Readonly<Record<string, number>> = {
  "LLM01": 11,
  "LLM02": 19,
  "LLM03": 9,
  "LLM04": 7,
  "LLM05": 12,
  "LLM06": 10,
  "LLM07": 10,
  "LLM08": 3,
  "LLM09": 6,
  "LLM10": 9,
  // Chapters 3 and 12 of AISVS 1.0.
  "3.1": 3,
  "3.2": 3,
  "3.3": 3,
  "3.4": 2,
  "3.5": 4,
  "12.1": 4,
  "12.2": 6,
  "12.3": 4,
  "12.4": 3,
  "12.5": 4,
};

const points = Object.entries(sections).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`)
);

interface Row {
  /** Points, each with a letter where the row is of a part of it. */
  readonly ids: readonly string[];
  readonly asks: string;
  readonly state: string;
  readonly proof: string;
}

/** The points of a cell such as `LLM03.1 to LLM03.7, LLM03.9a`. */
function idsOf(cell: string): string[] {
  return cell.split(", ").flatMap((part) => {
    const [first = "", last] = part.split(" to ");
    if (last === undefined) return [first];
    const range = points.slice(points.indexOf(first), points.indexOf(last) + 1);
    return range.length > 1 ? range : [part];
  });
}

/** The rows of the page's lists, with whose first cell they begin. */
function rowsOf(page: string): Row[] {
  return page.split("\n").filter((line) => /^\| (?:LLM\d\d|\d+\.\d+)\./.test(line)).map((line) => {
    const cells = line.slice(2).replace(/ *\|$/, "").split(" | ").map((cell) => cell.trim());
    const [proof = "", state = "", asks = ""] = cells.toReversed();
    return { ids: idsOf(cells[0] ?? ""), asks, state, proof };
  });
}

/** The tests that a text names: their file and their title. */
function testsIn(text: string): { path: string; title: string }[] {
  return [...text.matchAll(/\]\(\.\.\/(tests\/[^)]+)\): "([^"]+)"/g)]
    .map(([, path = "", title = ""]) => ({ path, title }));
}

/** The titles of a file's tests, as they are written in it. */
function titlesOf(source: string): string[] {
  return [...source.matchAll(/\bDeno\.test\(\s*(["`])((?:(?!\1).)*)\1/g)]
    .map(([, , title = ""]) => title);
}

/** What is wrong with a page. */
function faultsOf(page: string): string[] {
  const rows = rowsOf(page);
  const named = rows.flatMap(({ ids }) => ids);
  const ofPoints = points.flatMap((point) => {
    const parts = named.filter((id) => id.replace(/[a-z]$/, "") === point).toSorted();
    const wanted = parts.length < 2 ? [point] : parts.map((_, n) => point + "abcdef"[n]);
    return parts.join() === wanted.join()
      ? []
      : [`${point}: its rows are ${parts.join() || "none"}`];
  });
  const strangers = named.filter((id) => !points.includes(id.replace(/[a-z]$/, "")))
    .map((id) => `${id} is no point of the lists`);
  const ofRows = rows.flatMap(({ ids, asks, state, proof }) => {
    const tests = testsIn(proof);
    return [
      !/^\*\*(?:met|not applicable|open)\*\*$/.test(state) && `no state: ${state}`,
      (asks === "" || proof.length < 8) && "no words",
      state === "**met**" && tests.length === 0 && "no test",
      state === "**open**" && !doers.test(proof) && "not who can do it",
      // A path that is named without a title proves nothing.
      tests.length !== proof.split("](../tests/").length - 1 && "a test without a title",
      ...tests.filter(({ path, title }) => !titlesOf(readSource(path)).includes(title))
        .map(({ path, title }) => `${path} has no test "${title}"`),
    ].filter((fault) => fault !== false).map((fault) => `${ids.join()}: ${fault}`);
  });
  return [...ofPoints, ...strangers, ...ofRows];
}

const page = readSource("docs/security.md");

Deno.test("docs/security.md has each point of its lists once, with a state, and tests that exist", () => {
  expect(rowsOf(page).filter(({ state }) => state === "**met**").length).toBeGreaterThan(20);
  expect(faultsOf(page)).toEqual([]);
});

Deno.test("docs/security.md: what is missing, named twice, without a state or unproven is found", () => {
  const row = page.split("\n").find((line) => line.startsWith("| LLM08.3b "))!;
  const changed = (line: string) => faultsOf(page.replace(row, line));
  expect(changed("")).toEqual(["LLM08.3: its rows are LLM08.3a"]);
  expect(changed(`${row}\n${row}`)).toEqual(["LLM08.3: its rows are LLM08.3a,LLM08.3b,LLM08.3b"]);
  expect(changed(row.replace("LLM08.3b", "LLM08.5 "))).toEqual([
    "LLM08.3: its rows are LLM08.3a",
    "LLM08.5 is no point of the lists",
  ]);
  expect(changed(row.replace("**met**", "mostly"))).toEqual(["LLM08.3b: no state: mostly"]);
  expect(changed(row.replace("**met**", "**open**"))).toEqual(["LLM08.3b: not who can do it"]);
  expect(changed(row.replace("are not readable", "are readable"))).toEqual([
    'LLM08.3b: tests/supabase/migrations/privileges_test.ts has no test "system prompts are readable by any signed-in user"',
  ]);
  expect(changed(row.replace(/: "[^"]+"/, ""))).toEqual([
    "LLM08.3b: no test",
    "LLM08.3b: a test without a title",
  ]);
});
