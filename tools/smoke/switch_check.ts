/** A switch of the default and back, with a real probe; the default is what it was afterwards. */
import type { AnswerOf } from "../../supabase/functions/_shared/contract/manage.ts";
import { ask, describeAnswer } from "./answer_checks.ts";
import { expectThat, noteTokens, type SmokeCheck, type SmokeContext } from "./check.ts";
import { CheckFailed } from "./check_failed.ts";

type ListedModel = AnswerOf<"list">["models"][number];

/** How many models are tried: an account may have access to few of those that are available. */
const mostTargets = 3;

export const switchCheck: SmokeCheck = {
  name: "switch of the default, and back",
  run: async (context) => {
    const { project, credentials, figures, afterwards } = context;
    const operator = { apikey: credentials.secretKey };
    const { models } = await project.manage({ action: "list" }, operator);
    const before = models.find((model) => model.is_default);
    if (before === undefined) throw new CheckFailed("there is no default to come back to");

    const failures: string[] = [];
    for (const target of targetsOf(models).slice(0, mostTargets)) {
      // Before the switch: what is interrupted while it is under way is undone as well.
      let restored: Promise<string> | undefined;
      const undo = () =>
        restored ??= restore(context, before.model_id, target.model_id).catch((error) => {
          // Tried again at the end.
          restored = undefined;
          throw error;
        });
      afterwards("bring the default back", async () => {
        const end = await undo();
        return end === "back" ? "" : end;
      });
      try {
        const switched = await project.manage(
          { action: "set-default", model_id: target.model_id },
          operator,
        );
        noteTokens(figures, target, tokensOf(switched.probe));
      } catch (error) {
        if (!(error instanceof CheckFailed)) throw error;
        failures.push(`${target.model_id}: ${error.message}`);
        continue;
      }
      const followed = await followedBy(context, target.model_id);
      const end = await undo();
      return [`${before.model_id} to ${target.model_id} and ${end}`, followed, ...failures]
        .join("; ");
    }
    throw new CheckFailed(
      failures.length === 0
        ? "no other model is available"
        : `no switch succeeded: ${failures.join("; ")}`,
    );
  },
};

/** Available models besides the default, the cheapest first. */
function targetsOf(models: readonly ListedModel[]): readonly ListedModel[] {
  const cost = (model: ListedModel) => model.output_cost_per_mtok ?? Infinity;
  return models
    .filter((model) =>
      model.is_available && !model.is_default && model.lifecycle !== "retired" &&
      model.outside.length === 0
    )
    .toSorted((a, b) => cost(a) - cost(b));
}

/** The audit log names the switch, and the very next answer of who follows the default obeys it. */
async function followedBy(context: SmokeContext, modelId: string): Promise<string> {
  const { project, credentials } = context;
  const operator = { apikey: credentials.secretKey };
  const { switches } = await project.manage({ action: "history", limit: 1 }, operator);
  const [entry] = switches;
  expectThat(
    entry?.action === "set-default" && entry.model_id === modelId,
    "the audit log does not begin with the switch",
  );
  const key = `logged by key ${entry?.actor_key_name}`;
  const { assistants } = await project.manage({ action: "list-assistants" }, operator);
  const platform = assistants.find((each) => each.assistant_type === "platform");
  if (platform === undefined || platform.model_version !== null) {
    return `${key}; the admin's assistant has a model of its own`;
  }
  const answer = await ask(context, "admin");
  expectThat(
    answer.model.model_id === modelId || answer.model.requested_model === modelId,
    `the next answer came from ${answer.model.model_id}`,
  );
  return `${key}; next answer: ${describeAnswer(answer)}`;
}

/**
 * Brings the default back, unless somebody else has changed it meanwhile.
 *
 * @returns how it ended, in words that follow "and"
 */
async function restore(context: SmokeContext, formerId: string, ourId: string): Promise<string> {
  const { project, credentials } = context;
  const operator = { apikey: credentials.secretKey };
  const present = await project.manage({ action: "get-default" }, operator);
  const presentId = present.default_model?.model_id;
  if (presentId === formerId) return "back";
  if (presentId !== ourId) return `not back: somebody else made ${presentId} the default meanwhile`;
  try {
    // It was the default a moment ago: nothing is to be proved, and nothing paid.
    await project.manage(
      { action: "set-default", model_id: formerId, probe: false, force: true },
      operator,
    );
  } catch {
    // A model that can no longer be switched to, such as a retired one, comes back by a rollback.
    await project.manage(
      { action: "rollback", expected_version: present.registry_version },
      operator,
    );
  }
  const now = await project.manage({ action: "get-default" }, operator);
  expectThat(
    now.default_model?.model_id === formerId,
    `the default is ${now.default_model?.model_id}, not ${formerId}: switch it back`,
  );
  return "back";
}

type Probe = AnswerOf<"set-default">["probe"];

function tokensOf(probe: Probe) {
  if (probe === null) return null;
  return { input: probe.input_tokens ?? 0, output: probe.output_tokens ?? 0 };
}
