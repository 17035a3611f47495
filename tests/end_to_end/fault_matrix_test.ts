/**
 * Every fault of Bedrock's, in every format, streaming or not, before the response, at its first
 * frame, in its middle and at its end: what the client sees, what is stored, what it costs, and
 * that the conversation goes on. No other model may help out, so that every cell has one outcome.
 */
import { formatIds } from "../../supabase/functions/_shared/registry/model.ts";
import { withChatProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { chat } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { cellsOf, cellsOfTime } from "./fault_matrix/cells.ts";
import { fallbackCells, runFallbackCells } from "./fault_matrix/fallback_cells.ts";
import { runCells } from "./fault_matrix/run_cells.ts";

const stack = testStack();

for (const format of formatIds) {
  for (const streaming of [false, true]) {
    const cells = cellsOf(format, streaming);
    const way = streaming ? "streaming" : "plain";
    Deno.test(`chat survives ${cells.length} faults of ${way} calls in the ${format} format`, () =>
      withFreshProject(
        stack,
        (project) => withChatProcess(stack, (url) => runCells(project, url, cells)),
      ));
  }
}

Deno.test("chat gives up a model that is silent or too slow at the turn's deadline", () =>
  withFreshProject(stack, async (project) => {
    const token = await project.token("facility");
    await withChatProcess(stack, async (url) => {
      // The first turn of a process loads much, which is not to use up the time of those after it.
      await chat(project, token, { message: "Are you there?" }, url);
      await runCells(project, url, formatIds.flatMap(cellsOfTime));
    }, { CHAT_TIMEOUT_MS: "4000" });
  }));

for (const [index, format] of formatIds.entries()) {
  const helper = formatIds[(index + 1) % formatIds.length]!;
  const cells = fallbackCells([...cellsOf(format, false), ...cellsOf(format, true)]);
  Deno.test(`chat lets a ${helper} model help out when a ${format} model fails before its first word`, () =>
    withFreshProject(
      stack,
      (project) => withChatProcess(stack, (url) => runFallbackCells(project, url, cells, helper)),
    ));
}
