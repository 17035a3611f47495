import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { toApiError } from "../api/api_error.ts";
import type { ListedAssistant, Model } from "../api/manage_actions.ts";
import { type Services, useServices } from "../services.ts";
import type { RegistryView } from "../state/registry.ts";
import { reasonArgs } from "./reason_field.tsx";
import { watchArgs } from "./watch_field.tsx";
import type { PriceArgs } from "./price_form.ts";
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

/** The change of an intent, as its own action, `impact` and `propose` take it. */
export function changeOf(intent: SwitchIntent) {
  return intent.kind === "default"
    ? { action: "set-default" as const, model_id: intent.model.model_id }
    : {
      action: "set-assistant-model" as const,
      assistant_type: intent.assistant.assistant_type,
      model_id: intent.model?.model_id ?? null,
    };
}

/**
 * Carries a switch out, step by step.
 *
 * @param shown The registry as it is on the page.
 */
export function useSwitch(intent: SwitchIntent, shown: RegistryView) {
  const services = useServices();
  const reason = useSignal("");
  const watch = useSignal("");
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
      const outcome = await perform(
        intent,
        {
          expected_version: view.version,
          ...watchArgs(watch.value),
          ...reasonArgs(reason.value),
        },
        services,
      );
      await services.registry.load();
      return { kind: "done", outcome };
    });
  };
  /** For a second person, where the switch itself was refused for want of one. */
  const propose = () => {
    step.value = { kind: "switching" };
    attempt(null, async () => {
      const { message, registry_version: version } = await services.manage("propose", {
        change: { ...changeOf(intent), ...watchArgs(watch.value) },
        ...reasonArgs(reason.value),
      });
      return {
        kind: "done",
        outcome: {
          message,
          warnings: [],
          probe: null,
          affected: null,
          rolloutId: null,
          version,
          changed: false,
        },
      };
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
  const enterPrice = () => step.value = { kind: "pricing", error: null };
  const setPrice = async (prices: PriceArgs) => {
    if (intent.model === null) return;
    step.value = { kind: "setting-price" };
    try {
      await services.manage("set-price", {
        model_id: intent.model.model_id,
        ...prices,
        ...reasonArgs(reason.value),
      });
      probe();
    } catch (failure) {
      step.value = { kind: "pricing", error: toApiError(failure) };
    }
  };

  useEffect(probe, []);
  return {
    step: step.value,
    reason,
    watch,
    probe,
    confirm,
    propose,
    undo,
    enterPrice,
    setPrice: (prices: PriceArgs): void => void setPrice(prices),
  };
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
  args: { expected_version: number; watch_minutes?: number; reason?: string },
  { manage }: Services,
): Promise<Outcome> {
  const answer = intent.kind === "default"
    ? await manage("set-default", { model_id: intent.model.model_id, ...args })
    : await manage("set-assistant-model", {
      assistant_type: intent.assistant.assistant_type,
      model_id: intent.model?.model_id ?? null,
      ...args,
    });
  return {
    message: answer.message,
    warnings: answer.warnings,
    affected: answer.affected,
    probe: answer.probe,
    rolloutId: answer.rollout_id,
    version: answer.registry_version,
    changed: answer.former_model_id !== (intent.model?.model_id ?? null),
  };
}
