/** A choice of the matrix's faults with another model that may help out. */
import { expect } from "@std/expect";
import type { FormatId } from "../../../supabase/functions/_shared/registry/model.ts";
import { collectEvents, textOfEvents } from "../../support/event_stream.ts";
import type { FreshProject } from "../../support/fresh_project.ts";
import { chat } from "../../support/project_client.ts";
import { type Cell, wholeAnswer } from "./cells.ts";
import { openStream, prepareCells, reportFailures } from "./run_cells.ts";

/** What no other model would do better with: the request's own faults, and the functions'. */
const hopeless: ReadonlySet<string> = new Set([
  "bedrock_request_refused",
  "bedrock_credentials_rejected",
  "input_too_long",
]);

/**
 * Cells that can tell a fallback: those whose first model fails before its first word, for good.
 */
export function fallbackCells(cells: readonly Cell[]): Cell[] {
  const failing = cells.filter(({ error, kept }) => error !== null && kept === "nothing");
  // One of each code and way, so that the choice stays small.
  const first = new Map(failing.map((cell) => [`${cell.streaming} ${cell.error?.code}`, cell]));
  return [...first.values()];
}

/** Runs cells whose assistant may fall back to one model, of the format `helper`. */
export async function runFallbackCells(
  project: FreshProject,
  url: string,
  cells: readonly Cell[],
  helper: FormatId,
): Promise<void> {
  const helperId = `matrix.helper-${helper}`;
  const well = {
    name: "the helper",
    modelId: helperId,
    format: helper,
    fault: { kind: "latency", ms: 0 },
  };
  await prepareCells(project, [...cells, { ...cells[0]!, ...well, times: 1 } as Cell]);
  const content = [{ type: "text", text: wholeAnswer } as const];
  await project.bedrock.scriptAnswer({ content }, { model: helperId, times: "until-removed" });
  await project.sql`
    update ai_assistants set fallback_models = ${[helperId]} where assistant_type = 'operations'`;
  await reportFailures(cells, (cell) => runCell(project, url, cell, helperId));
}

async function runCell(
  project: FreshProject,
  url: string,
  cell: Cell,
  helperId: string,
): Promise<void> {
  const token = await project.token("facility");
  const requestId = crypto.randomUUID();
  const body = { message: cell.name, model_id: cell.modelId, request_id: requestId };
  const code = cell.error?.code ?? "";
  const expected = hopeless.has(code) ? null : {
    model_id: helperId,
    model_name: helperId,
    reason: "fallback",
    requested_model: cell.modelId,
    fallback_code: code,
  };

  if (cell.streaming) {
    const events = await collectEvents(await openStream(url, token, body));
    const names = events.map(({ event }) => event).filter((event) => event !== "text-delta");
    if (expected === null) expect(names).toEqual(["error"]);
    else {
      expect(names).toEqual(["turn-start", "usage", "done"]);
      expect(events[0]?.data.model).toEqual(expected);
      expect(events.at(-1)?.data.model).toEqual(expected);
      expect(textOfEvents(events)).toBe(wholeAnswer);
    }
  } else {
    const answer = await chat(project, token, body, url);
    if (expected === null) expect(answer.body.error.code).toBe(code);
    else expect(answer.body).toMatchObject({ model: expected, message: { content: wholeAnswer } });
  }

  const stored = await project.sql`
    select model_used, requested_model, fallback_code, status, cost_usd is not null as priced
    from ai_messages where request_id = ${requestId} and role = 'assistant'`;
  expect(stored).toEqual([
    expected === null
      ? {
        model_used: cell.modelId,
        requested_model: null,
        fallback_code: null,
        status: "failed",
        priced: cell.billed,
      }
      : {
        model_used: helperId,
        requested_model: cell.modelId,
        fallback_code: code,
        status: "complete",
        priced: true,
      },
  ]);
}
