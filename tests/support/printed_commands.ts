/** The commands that the pages print, and the tests that run them. */
import { type FencedBlock, fencedBlocks } from "./markdown.ts";
import { filesBelow, readSource } from "./source_files.ts";

/** A block of commands of a page. */
export interface PrintedBlock extends FencedBlock {
  readonly page: string;
  /** Why no test runs it, as the page says below it; undefined: a test runs it. */
  readonly notRun?: string;
}

/**
 * Which blocks a test runs, by its path. A block belongs to the first that takes it, so what one
 * page prints may be run by several tests.
 */
const runners: Readonly<Record<string, (block: PrintedBlock) => boolean>> = {
  "tests/docs/hosted_commands_test.ts": ({ text }) => text.includes("npx supabase@"),
  // The whole of the tests, which a test cannot run.
  ".ci/run": ({ text }) => text === "npx -y deno@2.9.6 task test",
  "tests/local/printed_start_test.ts": ({ text }) =>
    text.includes("npx -y deno@2.9.6 task dev") || text.includes("read -rs AWS_BEARER_TOKEN"),
  "tests/aws-deployment/documentation_test.ts": ({ text }) => text.includes("./aws-deployment/"),
  "tests/console/build_test.ts": ({ text }) => text.includes("console:build"),
  "tests/docs/clients_test.ts": ({ page }) => page === "docs/clients.md",
  "tests/end_to_end/api_document_test.ts": ({ page }) => page === "docs/api.md",
  "tests/end_to_end/content_document_test.ts": ({ page }) => page === "docs/content.md",
  "tests/end_to_end/friday_test.ts": ({ page }) => page === "docs/friday.md",
  "tests/end_to_end/hosted_checks_test.ts": ({ page }) =>
    ["docs/deploy.md", "docs/aws.md"].includes(page),
  "tests/end_to_end/tour_test.ts": ({ page, text }) =>
    ["README.md", "AGENTS.md", "docs/tour.md", "docs/before-you-open.md"].includes(page) ||
    (page === "docs/operate.md" && text.includes("./scripts/")),
  "tests/end_to_end/evaluations_document_test.ts": ({ page }) => page === "docs/evaluations.md",
  "tests/tools/install/install_into_test.ts": ({ text }) => text.includes("task install-into"),
  "tests/stand-in/readme_test.ts": ({ page }) => page === "stand-in/README.md",
};

/** The pages whose commands readers copy. */
export const commandPages: readonly string[] = filesBelow()
  .filter((path) => /^([^/]+|docs\/.+|stand-in\/[^/]+)\.md$/.test(path));

/** Every block of commands of every page, in order. */
export function printedBlocks(): PrintedBlock[] {
  return commandPages.flatMap((page) => {
    const markdown = readSource(page);
    return fencedBlocks(markdown)
      .filter(({ language }) => language === "sh")
      .map((block) => ({ ...block, page, ...mark(markdown, block) }));
  });
}

/** The paragraph below a block, if it says that no test runs the block, and why. */
function mark(markdown: string, { line, text }: FencedBlock): { notRun?: string } {
  const below = markdown.split("\n").slice(line + text.split("\n").length + 1).join("\n");
  const paragraph = below.trimStart().split(/\n\s*\n/)[0]!.replaceAll(/\s+/g, " ");
  const reason = /^_Not run by a test: (.+)\._$/.exec(paragraph)?.[1];
  return reason === undefined ? {} : { notRun: reason };
}

/** The test that runs a block; undefined: none does. */
export function runnerOf(block: PrintedBlock): string | undefined {
  return Object.entries(runners).find(([, takes]) => takes(block))?.[0];
}

/** The paths of the tests that run printed commands. */
export const runnerPaths: readonly string[] = Object.keys(runners);

/**
 * What a test has to run, all of it or of one page.
 *
 * @throws {Error} if there is nothing, so that the test cannot pass idly.
 */
export function blocksRunBy(test: string, page?: string): PrintedBlock[] {
  const blocks = printedBlocks().filter((block) =>
    block.notRun === undefined && runnerOf(block) === test &&
    (page === undefined || block.page === page)
  );
  if (blocks.length === 0) throw new Error(`No command of ${page ?? "any page"} is for ${test}.`);
  return blocks;
}
