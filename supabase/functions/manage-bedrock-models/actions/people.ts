import type { ExportUserRequest, RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { respondJsonLines } from "../../_shared/http/json_lines.ts";
import { eraseObjects } from "../../_shared/people/erase_objects.ts";
import { eraseWithin } from "../../_shared/people/erase_within.ts";
import type { Erasure } from "../../_shared/people/erasure.ts";
import { exportContentType } from "../../_shared/people/export_line.ts";
import { exportLines } from "../../_shared/people/export_lines.ts";
import { readExportPage } from "../../_shared/people/read_export_page.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { requireFunctionInside } from "../../_shared/registry/function_region.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** Milliseconds after which an action begins no further batch of erasing; the tick goes on. */
export const eraseForMs = 20_000;

/** `export-user`: what is stored of a user, as lines of JSON. Recorded before the first leaves. */
export async function exportUser(
  request: ExportUserRequest,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<Response> {
  const { people, exports, objects, log, requestId } = dependencies;
  requireFunctionInside(
    dependencies.trials.functionRegion,
    await dependencies.readRegistryPart([]),
  );
  const userId = await idOf(request.user_id, dependencies);
  await people.recordExport(userId, author);
  return await respondJsonLines(
    exportLines({
      userId,
      readPage: (after) => readExportPage(exports, userId, after),
      objects,
    }),
    { contentType: exportContentType, requestId, log },
  );
}

/** `erase-user`: begins a job or goes on with it, for a bounded time. */
export async function eraseUser(
  request: RequestOf<"erase-user">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
  gone: AbortSignal,
): Promise<ResultOf<"erase-user">> {
  const userId = await idOf(request.user_id, dependencies);
  const { people } = dependencies;
  return await erase(
    () => people.eraseUser(userId, author),
    "The user's data",
    dependencies,
    gone,
  );
}

/** `erase-conversation`: the same of one conversation. */
export async function eraseConversation(
  request: RequestOf<"erase-conversation">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
  gone: AbortSignal,
): Promise<ResultOf<"erase-conversation">> {
  const { people } = dependencies;
  const eraseBatch = () => people.eraseConversation(request.conversation_id, author);
  return await erase(eraseBatch, "The conversation", dependencies, gone);
}

async function erase(
  eraseBatch: () => Promise<Erasure>,
  subject: string,
  { erasingQueue: queue, objects, now, readRegistryPart }: ManageDependencies,
  gone: AbortSignal,
) {
  const until = now() + eraseForMs;
  const job = await eraseWithin({
    eraseBatch,
    eraseObjects: () => eraseObjects({ queue, objects, now, until }),
    goesOn: () => now() < until && !gone.aborted,
  });
  const { version } = await readRegistryPart([]);
  return { message: describe(job, subject), ...job, registry_version: version };
}

function describe({ status, left }: Erasure, subject: string): string {
  if (status === "done") return `${subject} is erased.`;
  const waitsFor = Object.entries(left).filter(([, count]) => count > 0)
    .map(([name, count]) => `${name.replaceAll("_", " ")}: ${count}`);
  return `${subject} is being erased; left: ${waitsFor.join(", ") || "the receipt"}. ` +
    "The tick goes on with it, and so does the same request.";
}

/** `set-retention`: for how long conversations are kept. */
export async function setRetention(
  { assistant_type: assistantType, keep_days: keepDays }: RequestOf<
    "set-retention"
  >,
  { people }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-retention">> {
  const answer = await people.setRetention(assistantType, keepDays, author);
  const whose = assistantType === undefined ? "every assistant" : assistantType;
  const message = keepDays === null
    ? `Conversations of ${whose} are kept until somebody erases them.`
    : `Conversations of ${whose} are erased ${keepDays} days after their last turn.`;
  return { message, ...answer };
}

/** `set-legal-hold`: from now on, nothing of the user is erased. */
export async function setLegalHold(
  request: RequestOf<"set-legal-hold">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-legal-hold">> {
  const userId = await idOf(request.user_id, dependencies);
  const answer = await dependencies.people.setHold(
    userId,
    request.until ?? null,
    author,
  );
  const { until } = answer.hold;
  const end = until === null ? "until the hold is removed" : `to the end of ${until} (UTC)`;
  return { message: `The user's data is kept ${end}.`, ...answer };
}

/** `remove-legal-hold`: the user's data can be erased again. */
export async function removeLegalHold(
  request: RequestOf<"remove-legal-hold">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"remove-legal-hold">> {
  const userId = await idOf(request.user_id, dependencies);
  const answer = await dependencies.people.removeHold(userId, author);
  return {
    message: "The hold is removed: the user's data can be erased.",
    ...answer,
  };
}

/** `list-legal-holds`: the oldest first. */
export async function listLegalHolds(
  _request: RequestOf<"list-legal-holds">,
  { people }: ManageDependencies,
): Promise<ResultOf<"list-legal-holds">> {
  const answer = await people.listHolds();
  return { ...answer, count: answer.holds.length };
}

/** `list-erasures`: jobs and receipts, the newest first. */
export async function listErasures(
  { limit = 50, before_id: beforeId }: RequestOf<"list-erasures">,
  { people, readRegistryPart }: ManageDependencies,
): Promise<ResultOf<"list-erasures">> {
  const [erasures, { version }] = await Promise.all([
    people.listErasures(limit, beforeId),
    readRegistryPart([]),
  ]);
  return { erasures, count: erasures.length, registry_version: version };
}

async function idOf(
  named: string,
  { people }: ManageDependencies,
): Promise<string> {
  return named.includes("@") ? await people.find(named) : named.toLowerCase();
}
