/** Runs the examples of docs/api.md, and compares its tables with what the functions say. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { errorCodes } from "../../supabase/functions/_shared/core/app_error.ts";
import { errorTable } from "../../supabase/functions/_shared/core/error_table.ts";
import { metricFamilies } from "../../supabase/functions/_shared/reports/metric_families.ts";
import { watchFamilies } from "../../supabase/functions/_shared/reports/watch_metrics.ts";
import { actionNames, streamedActions } from "../../supabase/functions/_shared/contract/manage.ts";
import { collectEvents, type ReceivedEvent } from "../support/event_stream.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { metricsReportOf } from "../supabase/functions/_shared/reports/metrics_report_of.ts";
import { fencedBlocks, tableRows } from "../support/markdown.ts";
import { type CommandResult, runCommand } from "../support/run_command.ts";
import { shapeDifferences } from "../support/same_shape.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const api = Deno.readTextFileSync(join(projectRoot, "docs", "api.md"));
const blocks = fencedBlocks(api);

Deno.test("docs/api.md has every error code, with its status and whether to ask again", () => {
  const documented = tableRows(api, "code").map(([code, status, again]) => [code, status, again]);
  const known = errorCodes.map((code) => {
    const { status, retryable } = errorTable[code];
    return [code, String(status), retryable ? "yes" : "no"];
  });
  expect(documented).toEqual(known);
});

Deno.test("docs/api.md has every action of manage-bedrock-models", () => {
  expect(tableRows(api, "action").map(([action]) => action))
    .toEqual([...actionNames, ...Object.keys(streamedActions)]);
});

Deno.test("docs/api.md has every metric, with its type", () => {
  const families = [
    ...metricFamilies(metricsReportOf()),
    ...watchFamilies({ alerts: [], limits: [], rollouts: [] }),
  ];
  const known = families.map(({ name, type }) => [name, type]);
  const documented = tableRows(api, "metric").map(([name, type]) => [name, type]);
  expect(documented).toEqual(known);
});

Deno.test("docs/api.md says of every error code what it means and what to do", () => {
  for (const row of tableRows(api, "code")) expect(row.filter(Boolean)).toHaveLength(5);
});

Deno.test("docs/api.md shows what its shell examples print", () =>
  withFreshProject(stack, async (project) => {
    const examples = blocks.flatMap((block, index) =>
      block.language === "sh" ? [{ script: block.text, shown: blocks[index + 1] }] : []
    );
    expect(examples.length).toBeGreaterThan(4);
    for (const { script, shown } of examples) {
      const { code, stdout, stderr } = await runScript(project, script);
      expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: "" });
      if (shown?.language === "json") {
        const differences = shapeDifferences(JSON.parse(shown.text), JSON.parse(stdout));
        expect({ script, differences }).toEqual({ script, differences: [] });
      } else {
        expect(shown?.language).toBe("text");
        const [documented, actual] = await Promise.all([shown?.text ?? "", stdout].map(readEvents));
        compareEvents(documented ?? [], actual ?? []);
      }
    }
  }));

Deno.test("docs/api.md shows programs that print an answer", () =>
  withFreshProject(stack, async (project) => {
    const programs = blocks.filter(({ language }) => language === "ts");
    expect(programs).toHaveLength(2);
    for (const { text } of programs) {
      // Beside the project's own files, where the packages are known.
      const path = await Deno.makeTempFile({
        dir: projectRoot,
        prefix: ".example-",
        suffix: ".ts",
      });
      try {
        await Deno.writeTextFile(path, text);
        const { code, stdout, stderr } = await runExample(project, path);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(stdout).toContain("[stand-in: Amazon Nova Lite]");
      } finally {
        await Deno.remove(path);
      }
    }
  }));

async function variables({ apiUrl, keys, token }: FreshProject): Promise<Record<string, string>> {
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_PUBLISHABLE_KEY: keys.publishable,
    SUPABASE_SERVICE_KEY: keys.secret,
    ACCESS_TOKEN: await token("patient"),
    REQUEST_ID: crypto.randomUUID(),
    NO_PROXY: "127.0.0.1",
  };
}

async function runScript(project: FreshProject, script: string): Promise<CommandResult> {
  return await runCommand("bash", ["-euo", "pipefail", "-c", script], await variables(project));
}

async function runExample(project: FreshProject, path: string): Promise<CommandResult> {
  const kept = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"]
    .flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name)!]] : []);
  return await runCommand(
    Deno.execPath(),
    ["run", "--quiet", "--check", "--allow-net", "--allow-env", path],
    { ...await variables(project), ...Object.fromEntries(kept), NO_COLOR: "1" },
  );
}

async function readEvents(text: string): Promise<ReceivedEvent[]> {
  return await collectEvents(new Response(`${text.trimEnd()}\n\n`));
}

/** The same kinds of events in the same order, however many deltas, each in its shape. */
function compareEvents(documented: readonly ReceivedEvent[], actual: readonly ReceivedEvent[]) {
  const kinds = (
    events: readonly ReceivedEvent[],
  ) => [...new Set(events.map(({ event }) => event))];
  expect(kinds(actual)).toEqual(kinds(documented));
  for (const { event, data } of actual) {
    const shown = documented.find((each) => each.event === event);
    expect({ event, differences: shapeDifferences(shown?.data, data) })
      .toEqual({ event, differences: [] });
  }
}
