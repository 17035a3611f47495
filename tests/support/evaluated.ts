import { evals } from "../../tools/evals.ts";
import { type EvalsOptions, readOptions } from "../../tools/evals/options.ts";
import type { FreshProject } from "./fresh_project.ts";

/** Runs `deno task evals` in this process; what promptfoo prints goes where this prints. */
export async function evaluated({ apiUrl, keys }: FreshProject, args: string[], from: string) {
  const lines: string[] = [];
  const good = await evals(readOptions(args) as EvalsOptions, {
    env: { ...Deno.env.toObject(), SUPABASE_URL: apiUrl, SUPABASE_SERVICE_KEY: keys.secret },
    print: (line) => lines.push(line),
    from,
    now: Date.now,
    signal: new AbortController().signal,
  });
  return { good, report: lines.join("\n") };
}
