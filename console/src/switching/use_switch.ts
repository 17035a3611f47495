import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { toApiError } from "../api/api_error.ts";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { type Services, useServices } from "../services.ts";
import { type Outcome, type Proof, stepAfterProof, type SwitchStep } from "./switch_flow.ts";

/** What is to be switched. */
export type SwitchIntent =
  | { readonly kind: "default"; readonly model: Model }
  /** Null: the assistant follows the default again. */
  | {
    readonly kind: "assign";
    readonly assistant: ListedAssistant;
    readonly model: Model | null;
  };

/** Carries a switch out, step by step. */
export function useSwitch(intent: SwitchIntent, version: number) {
  const services = useServices();
  const step = useSignal<SwitchStep>(
    intent.model === null ? { kind: "confirm", proof: null } : { kind: "probing" },
  );

  const attempt = async (
    again: "probing" | null,
    work: () => Promise<SwitchStep>,
  ) => {
    try {
      step.value = await work();
    } catch (failure) {
      step.value = { kind: "failed", error: toApiError(failure), again };
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
      async () => stepAfterProof(await prove(model_id, services)),
    );
  };
  const confirm = (proof: Proof | null) => {
    step.value = { kind: "switching", proof };
    attempt(intent.model === null ? null : "probing", async () => {
      const outcome = await perform(
        intent,
        proof?.version ?? version,
        services,
      );
      await services.registry.load();
      return { kind: "done", outcome };
    });
  };
  const undo = (outcome: Outcome) => {
    step.value = { kind: "undoing", outcome };
    attempt(null, async () => {
      // Refused where somebody has changed something since: that would be taken back, too.
      const { message } = await services.manage("rollback", {
        expected_version: outcome.version,
      });
      await services.registry.load();
      return { kind: "undone", message };
    });
  };

  useEffect(probe, []);
  return { step: step.value, probe, confirm, undo };
}

async function prove(
  modelId: string,
  { manage, registry }: Services,
): Promise<Proof> {
  const answer = await manage("validate", { model_id: modelId, probe: true });
  // The list shows each model's last probe, and this is it now.
  registry.load();
  const { valid, checks, probe = null, registry_version: version } = answer;
  return { valid, checks, probe, version };
}

/** The function proves the model once more: what counts is that it serves when it is switched to. */
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
