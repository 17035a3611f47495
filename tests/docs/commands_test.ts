/** Every printed command is run by a test, or is marked where it stands. */
import { expect } from "@std/expect";
import {
  blocksRunBy,
  commandPages,
  printedBlocks,
  runnerOf,
  runnerPaths,
} from "../support/printed_commands.ts";
import { fencedBlocks, prose } from "../support/markdown.ts";
import { filesBelow, readSource } from "../support/source_files.ts";

const blocks = printedBlocks();
const place = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;

Deno.test("every printed command is run by a test, or the page says below it that none does", () => {
  expect(blocks.length).toBeGreaterThan(40);
  const unknown = blocks.filter((block) => block.notRun === undefined && !runnerOf(block));
  expect(unknown.map(place)).toEqual([]);
});

Deno.test("every test that runs printed commands exists, and takes them from the pages", () => {
  for (const path of runnerPaths) {
    expect(filesBelow()).toContain(path);
    expect(blocksRunBy(path).length).toBeGreaterThan(0);
    // The checks run all tests by a variable.
    const takes = path === ".ci/run"
      ? /^export DENO="npx -y deno@2\.9\.6"$[^]*^tests 'Tests' \$DENO task test$/m
      : /blocksRunBy\(|fencedBlocks\(/;
    expect({ path, takes: takes.test(readSource(path)) }).toEqual({ path, takes: true });
  }
});

Deno.test("commands stand in blocks of sh, and what follows as text is their output", () => {
  const command =
    /^ *(?:\.\/|\.ci\/|export |read |cd |alias |(?:npx|deno|supabase|curl|psql|aws|git) )/m;
  const strays = commandPages.flatMap((page) => {
    const all = fencedBlocks(readSource(page));
    return all.filter(({ language, text }, index) =>
      !["sh", "ts", "js", "sql", "json"].includes(language) && command.test(text) &&
      all[index - 1]?.language !== "sh"
    ).map((block) => place({ page, ...block }));
  });
  expect(strays).toEqual([]);
});

/** Commands in running text that no block prints, besides the bare name of a task. */
const mentions: readonly string[] = [
  // Says whether the AWS CLI is signed in.
  "aws sts get-caller-identity",
  // Forms, with a part for the reader to fill in.
  "deno task install-into <folder>",
  "deno task evals <model-id>",
  "./scripts/switch-bedrock-model.sh <model-id> enable",
  "npx supabase@3.1.0 …",
  "npx supabase@3.1.0 secrets set --env-file <file>",
  // Variants of a command that a block prints.
  "deno task bench overhead",
  "deno task seed:history --reset",
  "./scripts/switch-bedrock-model.sh sync --apply",
  // The page says that it is not run.
  "npx supabase@3.1.0 functions delete chat",
  // tests/supabase/migrations/uninstall_test.ts runs the file.
  'psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f supabase/uninstall.sql',
];

Deno.test("a command in running text is one of a block, or a mention", () => {
  const asRun = (text: string) =>
    text.replaceAll(/\s+/g, " ").replaceAll("npx -y deno@2.9.6 task", "deno task");
  // The bare name of a task, which names_test.ts looks up, and a selection of tests.
  const isName = (code: string) => /^deno task (?:[\w:]+|test .+)$/.test(code);
  const printed = blocks.map(({ text }) => asRun(text));
  const strays = commandPages.flatMap((page) =>
    [...prose(readSource(page)).matchAll(/`([^`]+)`/g)].map(([, code]) => asRun(code!))
      .filter((code) => /^(?:\w+=\S+ )*(?:npx|psql|aws|git|curl|deno task|\.\/\S+) \S/.test(code))
      .filter((code) => !isName(code) && !mentions.includes(code))
      .filter((code) => !printed.some((text) => text.includes(code)))
      .map((code) => `${page}: ${code}`)
  );
  expect(strays).toEqual([]);
});

Deno.test("an option in the running text for operators is one of the switch command", () => {
  const script = readSource("scripts/switch-bedrock-model.sh");
  const known = new Set([...script.matchAll(/^(--[a-z-]+)[ |]/gm)].map(([, option]) => option));
  const strays = ["docs/operate.md", "AGENTS.md"].flatMap((page) =>
    [...prose(readSource(page)).matchAll(/`(--[a-z-]+)/g)].map(([, option]) => option)
      .filter((option) => !known.has(option)).map((option) => `${page}: ${option}`)
  );
  expect(strays).toEqual([]);
});

Deno.test("no printed command has a comment, which zsh would take for arguments", () => {
  expect(blocks.filter(({ text }) => /(^|\s)#(\s|$)/m.test(text)).map(place)).toEqual([]);
});

Deno.test("no printed command has a placeholder that a shell would read as a redirection", () => {
  expect(blocks.filter(({ text }) => /<[a-z][^>\n]*>/.test(text)).map(place)).toEqual([]);
});

Deno.test("the Supabase CLI has one name, and pushes to a hosted project", () => {
  for (const page of commandPages) {
    const source = readSource(page);
    const others = source.match(
      /(?<!npx )supabase(?:@[\d.]+)? (?:login|link|db|secrets|functions|start|test)\b.*/g,
    );
    expect({ page, others }).toEqual({ page, others: null });
    const versions = [...source.matchAll(/supabase@([\d.]+)/g)].map(([, version]) => version!);
    expect({ page, versions: [...new Set(versions)].filter((v) => v !== "3.1.0") })
      .toEqual({ page, versions: [] });
  }
  const pushes = blocks.flatMap(({ text }) => text.match(/db push.*/g) ?? []);
  expect(pushes.length).toBeGreaterThan(2);
  expect(pushes.filter((push) => !/ --remote\b/.test(push) || push.includes("seed"))).toEqual([]);
});

Deno.test("printed commands keep secrets out of the shell's history", () => {
  const secret =
    /\b(?:SUPABASE_SERVICE_KEY|AWS_SECRET_ACCESS_KEY|AWS_BEARER_TOKEN_BEDROCK|SUPABASE_ACCESS_TOKEN)=(?!\$)(\S+)/g;
  const printed = blocks.flatMap(({ text }) => [...text.matchAll(secret)].map(([, key]) => key));
  // The embedded stack's, which is valid nowhere else.
  expect([...new Set(printed)]).toEqual(["sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"]);
});

Deno.test("a block ends with the line that reads a secret, since a paste would answer it", () => {
  const reading = blocks.filter(({ text }) => /\bread -rs\b/.test(text));
  expect(reading.length).toBeGreaterThan(3);
  expect(reading.filter(({ text }) => /\bread -rs\b[^\n]*\n/.test(text)).map(place)).toEqual([]);
});

Deno.test("secret keys go into apikey; as a bearer token one is documented once", () => {
  const bearers = blocks.filter(({ text }) =>
    /authorization: Bearer \$SUPABASE_SERVICE/i.test(text)
  );
  expect(bearers.map(({ page }) => page)).toEqual(["docs/api.md"]);
  const keys = blocks.filter(({ text }) => text.includes("apikey: $SUPABASE_SERVICE_KEY"));
  expect(keys.length).toBeGreaterThan(5);
});
