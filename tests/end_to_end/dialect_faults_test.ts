/**
 * The fault matrix of `chat`, put to both dialects: what their clients see of every fault, streamed
 * or not, and what the ledger has. No other model may help out, so that every cell has one outcome.
 */
import { formatIds } from "../../supabase/functions/_shared/registry/model.ts";
import { withFunctionProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { madeKey } from "../support/made_key.ts";
import { post } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { awsTexts } from "./fault_matrix/aws_texts.ts";
import { type Cell, cellsBeforeTheResponse, cellsOf, cellsOfTime } from "./fault_matrix/cells.ts";
import { anthropic, openai, type TestedDialect } from "./fault_matrix/dialects.ts";
import { runDialectCells } from "./fault_matrix/run_dialect_cells.ts";

const stack = testStack();

const ways = [false, true];

/** Runs cells with a process of their own, which knows nothing of their models yet. */
const withCells = (dialect: TestedDialect, cells: readonly Cell[]) => () =>
  withFreshProject(
    stack,
    (project) =>
      withFunctionProcess(stack, dialect.name, (url) =>
        runDialectCells(project, url, dialect, cells)),
  );

for (const dialect of [openai, anthropic]) {
  const { name } = dialect;
  for (const format of formatIds) {
    for (const streaming of ways) {
      const cells = cellsOf(format, streaming);
      const way = streaming ? "streamed" : "plain";
      Deno.test(
        `${name} tells ${cells.length} faults of ${way} calls in the ${format} format, and bills each call once`,
        withCells(dialect, cells),
      );
    }
  }

  const texts = ways.flatMap((streaming) =>
    cellsBeforeTheResponse("converse", streaming, awsTexts)
  );
  Deno.test(
    `${name} tells AWS's own words of refused requests, and of nothing else`,
    withCells(dialect, texts),
  );

  Deno.test(`${name} gives up a model that is silent or too slow at the call's deadline`, () =>
    withFreshProject(stack, async (project) => {
      const { key } = await madeKey(project.sql);
      await withFunctionProcess(stack, name, async (url) => {
        // The first call of a process loads much, which is not to use up the time of those after it.
        const body = {
          model: "default",
          max_tokens: 100,
          messages: [{ role: "user", content: "Are you there?" }],
        };
        await post(url + dialect.path, body, { "x-api-key": key });
        await runDialectCells(project, url, dialect, formatIds.flatMap(cellsOfTime));
      }, { CHAT_TIMEOUT_MS: "4000" });
    }));
}
