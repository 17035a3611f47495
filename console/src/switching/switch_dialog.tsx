import { useSignal } from "@preact/signals";
import { Dialog } from "../components/dialog.tsx";
import type { RegistryView } from "../state/registry.ts";
import { noPrices, usePriceForm } from "./price_form.ts";
import { ReasonField } from "./reason_field.tsx";
import { isBusy, nameOfStep } from "./switch_flow.ts";
import { SwitchActions } from "./switch_actions.tsx";
import { SwitchStepContent } from "./switch_step_content.tsx";
import { UnsavedActions, UnsavedNotice, useUnsaved } from "./unsaved.tsx";
import { type SwitchIntent, useSwitch } from "./use_switch.ts";
import { WatchField } from "./watch_field.tsx";

/** A switch from the probe to its result, and back again. */
export function SwitchDialog(
  { intent, view, onClose }: {
    intent: SwitchIntent;
    view: RegistryView;
    onClose: () => void;
  },
) {
  const flow = useSwitch(intent, view);
  const { step, reason, watch } = flow;
  // Which version's effect has been shown: nothing is confirmed unseen.
  const shown = useSignal<number | null>(null);
  const form = usePriceForm(intent.model ?? noPrices);
  const unsaved = (step.kind === "pricing" && form.dirty) ||
    (step.kind === "confirm" && `${reason.value}${watch.value}`.trim() !== "");
  useUnsaved(unsaved);
  const isLeaving = useSignal(false);
  const leaving = isLeaving.value && unsaved;
  const close = () => {
    if (unsaved) isLeaving.value = true;
    else onClose();
  };
  return (
    <Dialog
      title={titleOf(intent)}
      step={leaving ? "leaving" : nameOfStep(step)}
      busy={isBusy(step)}
      onClose={close}
      actions={leaving
        ? <UnsavedActions onDiscard={onClose} onStay={() => isLeaving.value = false} />
        : (
          <SwitchActions
            flow={flow}
            intent={intent}
            shown={shown.value}
            prices={form.args}
            onClose={close}
          />
        )}
    >
      {leaving && <UnsavedNotice />}
      <SwitchStepContent
        step={step}
        intent={intent}
        form={form}
        onShown={(version) => shown.value = version}
      />
      {step.kind === "confirm" && (
        <>
          {intent.model !== null && <WatchField minutes={watch} />}
          <ReasonField reason={reason} disabled={false} />
        </>
      )}
    </Dialog>
  );
}

function titleOf(intent: SwitchIntent): string {
  if (intent.kind === "default") return `Switch to ${intent.model.model_name}`;
  const target = intent.model?.model_name ?? "the default";
  return `${intent.assistant.name}: ${target}`;
}
