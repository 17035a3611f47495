import { useSignal } from "@preact/signals";
import { Dialog } from "../components/dialog.tsx";
import type { RegistryView } from "../state/registry.ts";
import { noPrices, usePriceForm } from "./price_form.ts";
import { ReasonField } from "./reason_field.tsx";
import { isBusy, nameOfStep } from "./switch_flow.ts";
import { SwitchActions } from "./switch_actions.tsx";
import { SwitchStepContent } from "./switch_step_content.tsx";
import { type SwitchIntent, useSwitch } from "./use_switch.ts";

/** A switch from the probe to its result, and back again. */
export function SwitchDialog(
  { intent, view, onClose }: {
    intent: SwitchIntent;
    view: RegistryView;
    onClose: () => void;
  },
) {
  const flow = useSwitch(intent, view);
  const { step, reason } = flow;
  // Which version's effect has been shown: nothing is confirmed unseen.
  const shown = useSignal<number | null>(null);
  const form = usePriceForm(intent.model ?? noPrices);
  return (
    <Dialog
      title={titleOf(intent)}
      step={nameOfStep(step)}
      busy={isBusy(step)}
      onClose={onClose}
      actions={
        <SwitchActions
          flow={flow}
          intent={intent}
          shown={shown.value}
          prices={form.args}
          onClose={onClose}
        />
      }
    >
      <SwitchStepContent
        step={step}
        intent={intent}
        form={form}
        onShown={(version) => shown.value = version}
      />
      {step.kind === "confirm" && <ReasonField reason={reason} disabled={false} />}
    </Dialog>
  );
}

function titleOf(intent: SwitchIntent): string {
  if (intent.kind === "default") return `Switch to ${intent.model.model_name}`;
  const target = intent.model?.model_name ?? "the default";
  return `${intent.assistant.name}: ${target}`;
}
