/** The sets into which the tests are parted: each has its own process, and what it needs. */
import { needsBrowser, needsStack, runsClient, runsOnBothDenos } from "./test_files.ts";

export interface TestSet {
  readonly title: string;
  /** Relative to the project. */
  readonly files: readonly string[];
  readonly needs: "nothing" | "database" | "stack";
  /** Which Deno runs the modules under test: in this process, or the functions of the stack. */
  readonly deno: "current" | "hosted";
}

/**
 * The sets that have files, in the order in which they begin: the longest first, so that the lanes
 * end together.
 */
export function testSets(files: readonly string[]): TestSet[] {
  const within = (...folders: string[]) =>
    files.filter((file) => folders.some((folder) => file.startsWith(`tests/${folder}/`)));
  const functions = within("supabase/functions");
  const database = within("supabase/migrations");
  const scripts = within("aws-deployment", "scripts");
  const stacks = within("local");
  const endToEnd = files.filter(needsStack);
  const named = new Set([...functions, ...database, ...scripts, ...stacks, ...endToEnd]);
  const others = files.filter((file) => !named.has(file));
  const clients = endToEnd.filter(runsClient);
  const services = endToEnd.filter((file) => !runsClient(file));
  const onCurrent = services.filter(runsOnBothDenos);
  const current = { needs: "nothing", deno: "current" } as const;
  const sets: TestSet[] = [
    { ...current, title: "console", files: clients.filter(needsBrowser), needs: "stack" },
    { title: "end to end, hosted Deno", files: services, needs: "stack", deno: "hosted" },
    {
      ...current,
      title: "command and documents",
      files: clients.filter((file) => !needsBrowser(file)),
      needs: "stack",
    },
    { ...current, title: "end to end", files: onCurrent, needs: "stack" },
    { ...current, title: "scripts", files: scripts },
    { ...current, title: "modules", files: [...others, ...functions] },
    // Mostly waits for its server: two of them, each with every other file, take half as long.
    ...["database, odd files", "database, even files"].map((title, half): TestSet => ({
      ...current,
      title,
      needs: "database",
      files: database.filter((_, index) => index % 2 === half),
    })),
    { ...current, title: "local stack", files: stacks },
    { ...current, title: "functions, hosted Deno", files: functions, deno: "hosted" },
  ];
  return sets.filter(({ files }) => files.length > 0);
}
