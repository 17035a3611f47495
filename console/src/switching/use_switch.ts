import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { toApiError } from "../api/api_error.ts";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { type Services, useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { undoError } from "./late_undo.ts";
import {
  type Basis,
  type Outcome,
  stepAfterConfirmation,
  stepAfterProof,
  type SwitchStep,
} from "./switch_flow.ts";

/** What is to be switched. */
export type SwitchIntent =
  | { readonly kind: "default"; readonly model: Model }
  /** Null: the assistant follows the default again. */
  | {
    readonly kind: "assign";
    readonly assistant: ListedAssistant;
    readonly model: Model | null;
  };

/**
 * Carries a switch out, step by step.
 *
 * @param shown The registry as it is on the page.
 */
export function useSwitch(intent: SwitchIntent, shown: RegistryView) {
  const services = useServices();
  const step = useSignal<SwitchStep>(
    intent.model === null
      ? { kind: "confirm", basis: { proof: null, view: shown, again: false } }
      : { kind: "probing" },
  );

  const attempt = async (
    again: "probing" | null,
    work: () => Promise<SwitchStep>,
    toError = toApiError,
  ) => {
    try {
      step.value = await work();
    } catch (failure) {
      step.value = { kind: "failed", error: toError(failure), again };
      // What is shown behind the dialog may be what was refused for being out of date.
      services.registry.load();
    }
  };
  const probe = () => {
    if (intent.model === null) return;
    const { model_id } = intent.model;
    step.value = { kind: "probing" };
    attempt(
      "probing",
      () => prove(model_id, shown, services),
    );
  };
  const confirm = (basis: Basis) => {
    const { view } = basis;
    step.value = stepAfterConfirmation(basis, services.registry.view ?? view);
    if (step.value.kind !== "switching") return;
    attempt(intent.model === null ? null : "probing", async () => {
      const outcome = await perform(intent, view.version, services);
      await services.registry.load();
      return { kind: "done", outcome };
    });
  };
  const undo = (outcome: Outcome) => {
    step.value = { kind: "undoing", outcome };
    attempt(null, async () => {
      // Refused where another operator has changed something since: that would be taken back, too.
      const { message } = await services.manage("rollback", {
        expected_version: outcome.version,
      });
      await services.registry.load();
      return { kind: "undone", message };
    }, undoError);
  };

  useEffect(probe, []);
  return { step: step.value, probe, confirm, undo };
}

async function prove(
  modelId: string,
  shown: RegistryView,
  { manage, registry }: Services,
): Promise<SwitchStep> {
  const { valid, checks, probe = null } = await manage("validate", {
    model_id: modelId,
    probe: true,
  });
  // The confirmation shows what is so now; and the list each model's last probe, which this is.
  await registry.load();
  return stepAfterProof({ valid, checks, probe }, registry.view ?? shown);
}

/**
 * The function proves the model once more: what counts is that it serves when it is switched to.
 */
async function perform(
  intent: SwitchIntent,
  version: number,
  { manage }: Services,
): Promise<Outcome> {
  const answer = intent.kind === "default"
    ? await manage("set-default", {
      model_id: intent.model.model_id,
      expected_version: version,
    })
    : await manage("set-assistant-model", {
      assistant_type: intent.assistant.assistant_type,
      model_id: intent.model?.model_id ?? null,
      expected_version: version,
    });
  return {
    message: answer.message,
    warnings: answer.warnings ?? [],
    probe: answer.probe,
    version: answer.registry_version,
    changed: answer.former_model_id !== (intent.model?.model_id ?? null),
  };
}
