import type { SupabaseClient } from "@supabase/supabase-js";
import type postgres from "postgres";
import { askChat, type ChatAnswer } from "./ask_chat.ts";
import { ClientError } from "./client_error.ts";
import { describeAnswer } from "./describe_answer.ts";
import type { ListedModel, ModelManager } from "./manage_models.ts";
import { type Persona, personaNames } from "./personas.ts";
import { lastSwitchId, readReceipts, receiptQuery, switchesSince } from "./switch_records.ts";
import { formatTable, type Transcript } from "./transcript.ts";

/** The running stack, as its users, its operators and its database see it. */
export interface Stage {
  readonly users: Readonly<Record<Persona, SupabaseClient>>;
  readonly manager: ModelManager;
  /** Runs the operator's command and returns what it printed. */
  readonly runCommand: (args: readonly string[]) => Promise<string>;
  readonly sql: postgres.Sql;
  /** For the command lines that are shown. */
  readonly dbUrl: string;
  readonly transcript: Transcript;
  /** Ends the play before its next step. */
  readonly signal: AbortSignal;
}

const questions: Readonly<Record<Persona, string>> = {
  patient: "May I take ibuprofen with a cold?",
  clinician: "First-line treatment of community-acquired pneumonia?",
  facility: "How many nurses for a ward of 24 beds at night?",
  admin: "Which model answers me?",
};

const script = "./scripts/switch-bedrock-model.sh";

/**
 * Plays the whole workflow, and checks each result. The default is what it was before when this
 * returns or throws.
 *
 * @throws {ClientError} if something is not as it should be; the message says what.
 */
export async function playDemo(stage: Stage): Promise<void> {
  const { manager, transcript } = stage;
  const before = await manager.getDefault();
  if (before === null) {
    throw new ClientError("There is no default model; switch to one first.");
  }
  try {
    await play(stage, before);
  } finally {
    if ((await manager.getDefault())?.model_id !== before.model_id) {
      transcript.step("Switch back to what was there before");
      await runScript(stage, [before.model_id, "switch"]);
      check(
        (await manager.getDefault())?.model_id === before.model_id,
        `the default is not ${before.model_id} again`,
      );
    }
  }
}

async function play(stage: Stage, before: ListedModel): Promise<void> {
  const { manager, sql, transcript } = stage;
  const mark = await lastSwitchId(sql);
  const [first, second, third] = chooseTargets(await manager.list(), before);

  step(stage, "Show the default, and every model");
  await runScript(stage, ["default"]);
  await runScript(stage, ["list"]);

  step(stage, "Ask all four assistants");
  for (const persona of personaNames.filter((name) => name !== "admin")) await ask(stage, persona);
  const begun = await ask(stage, "admin");
  checkFollowsDefault(begun, before.model_id);

  step(stage, `Switch to ${first.model_name} from the shell`);
  await runScript(stage, [first.model_id, "switch"]);

  step(stage, "Ask again: a conversation that has begun stays, a new one follows the switch");
  const continued = await ask(stage, "admin", begun.conversation_id);
  check(
    continued.model.model_id === before.model_id && continued.model.reason === "pinned",
    `the conversation that began on ${before.model_id} was answered by ${continued.model.model_id}`,
  );
  checkFollowsDefault(await ask(stage, "admin"), first.model_id);

  step(stage, `Switch to ${second.model_name} over REST, and verify`);
  const body = JSON.stringify({ action: "set-default", model_id: second.model_id });
  transcript.command(
    `curl -s ${manager.url} -H "Authorization: Bearer $SUPABASE_SERVICE_KEY" \\\n` +
      `    -H 'Content-Type: application/json' -d '${body}'`,
  );
  const switched = await manager.setDefault(second.model_id);
  transcript.result(`${switched.message} Registry version: ${switched.registry_version}`);
  check(
    (await manager.getDefault())?.model_id === second.model_id,
    `the default is not ${second.model_id} after the switch over REST`,
  );
  const followed = await ask(stage, "admin");
  checkFollowsDefault(followed, second.model_id);
  check(
    (followed.registry_version ?? 0) >= switched.registry_version,
    `an answer after version ${switched.registry_version} carries ${followed.registry_version}`,
  );

  step(stage, `Switch to ${third.model_name} in SQL`);
  const statement = `UPDATE bedrock_models SET is_available = TRUE, is_default = TRUE ` +
    `WHERE model_id = '${third.model_id.replaceAll("'", "''")}'`;
  transcript.command(`psql ${stage.dbUrl} -c "${statement}"`);
  const { count } = await sql.unsafe(statement);
  transcript.result(`UPDATE ${count}`);
  checkFollowsDefault(await ask(stage, "admin"), third.model_id);

  await showRecords(stage, mark, [first, second, third]);
}

/** The audit log names each switch and how it was made, and the receipts show no late answer. */
async function showRecords(
  stage: Stage,
  mark: string,
  targets: readonly ListedModel[],
): Promise<void> {
  const { sql, transcript } = stage;
  step(stage, "The audit log of these switches");
  const switches = await switchesSince(sql, mark);
  transcript.result(formatTable([
    ["AT", "SOURCE", "NEW DEFAULT", "VERSION"],
    ...switches.map((entry) => [
      entry.at.toISOString(),
      entry.source,
      entry.model_id,
      String(entry.registry_version),
    ]),
  ]));
  ["cli", "api", "sql"].forEach((source, index) => {
    const modelId = targets[index]?.model_id;
    check(
      switches.some((entry) => entry.source === source && entry.model_id === modelId),
      `the audit log has no switch to ${modelId} from ${source}`,
    );
  });

  step(stage, "The receipts: after each switch, no answer by an older registry");
  transcript.result(receiptQuery(mark));
  const receipts = await readReceipts(sql, mark);
  transcript.result(
    "\n" + formatTable([
      ["REGISTRY VERSION", "ANSWERS SINCE", "BY OLDER REGISTRY"],
      ...receipts.map((receipt) => [
        String(receipt.registry_version),
        String(receipt.answers_since),
        String(receipt.by_older_registry),
      ]),
    ]),
  );
  check(receipts.length >= targets.length, "there is not a receipt for every switch");
  check(
    receipts.every((receipt) => receipt.answers_since > 0 && receipt.by_older_registry === 0),
    "an answer after a switch was chosen by an older registry",
  );
}

/** Begins a step, unless the play is to end. */
function step({ transcript, signal }: Stage, title: string): void {
  signal.throwIfAborted();
  transcript.step(title);
}

async function runScript(stage: Stage, args: readonly string[]): Promise<void> {
  stage.transcript.command(`${script} ${args.join(" ")}`);
  stage.transcript.result(await stage.runCommand(args));
}

/** Asks as `deno task ask` does; with a conversation, goes on with it. */
async function ask(
  { users, transcript, signal }: Stage,
  persona: Persona,
  conversationId?: string,
): Promise<ChatAnswer> {
  const continued = conversationId === undefined ? "" : " --continue";
  transcript.command(`deno task ask --as ${persona}${continued} "${questions[persona]}"`);
  const answer = await askChat(
    users[persona],
    { message: questions[persona], conversation_id: conversationId },
    { signal },
  );
  transcript.result(`${shorten(answer.message.content)}\n${describeAnswer(answer)}`);
  return answer;
}

/** The beginning of a text, on one line. */
function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 96 ? line : `${line.slice(0, 95)}…`;
}

/**
 * The models to switch to, one after the other: available ones that AWS offers without an end date,
 * the first of them of another format than the present default. With too few of them they repeat,
 * but no switch is to the model that is the default.
 */
function chooseTargets(
  models: readonly ListedModel[],
  before: ListedModel,
): [ListedModel, ListedModel, ListedModel] {
  const candidates = models.filter((model) =>
    model.is_available && model.lifecycle === "active" && model.model_id !== before.model_id
  );
  const first = candidates.find((model) => model.format !== before.format) ?? candidates[0];
  if (first === undefined) {
    throw new ClientError("The demo switches between models, but only one is available.");
  }
  const [second = before, third = second === before ? first : before] = candidates.filter(
    (model) => model !== first,
  );
  return [first, second, third];
}

function checkFollowsDefault(answer: ChatAnswer, modelId: string): void {
  check(
    answer.model.reason === "default",
    `the platform assistant must follow the default to show a switch, but ${answer.model.model_id} ` +
      `answered for the reason "${answer.model.reason}"`,
  );
  check(
    answer.model.model_id === modelId,
    `the default is ${modelId}, but ${answer.model.model_id} answered`,
  );
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new ClientError(`Not as it should be: ${otherwise}.`);
}
