import { ConfirmButton } from "./confirm_button.tsx";
import type { PriceArgs } from "./price_form.ts";
import { lacksPrice } from "./switch_flow.ts";
import type { SwitchIntent, useSwitch } from "./use_switch.ts";
import { watchArgs } from "./watch_field.tsx";

/** What can be done at a step. A model that failed its probe leaves nothing but another probe. */
export function SwitchActions(
  {
    flow: { step, watch, probe, confirm, propose, undo, enterPrice, setPrice },
    intent,
    shown,
    prices,
    onClose,
  }: {
    flow: ReturnType<typeof useSwitch>;
    intent: SwitchIntent;
    /** The registry's version whose effect is shown. */
    shown: number | null;
    /** What was entered of the price; null where it cannot be sent. */
    prices: PriceArgs | null;
    onClose: () => void;
  },
) {
  const close = (label: string) => (
    <button type="button" class="button" onClick={onClose}>{label}</button>
  );
  const probeAgain = <button type="button" class="button" onClick={probe}>Probe again</button>;
  switch (step.kind) {
    case "probing":
      return close("Cancel");
    case "unfit":
      return (
        <>
          {close("Close")} {probeAgain}{" "}
          {lacksPrice(step.proof) && (
            <button type="button" class="button button-primary" onClick={enterPrice}>
              Enter the price
            </button>
          )}
        </>
      );
    case "pricing":
      return (
        <>
          {close("Cancel")}{" "}
          <button
            type="button"
            class="button button-primary"
            disabled={prices === null}
            onClick={() => prices !== null && setPrice(prices)}
          >
            Set the price and go on
          </button>
        </>
      );
    case "setting-price":
      return <button type="button" class="button" disabled>Setting …</button>;
    case "confirm":
      return (
        <>
          {close("Cancel")}{" "}
          <ConfirmButton
            key={step.basis.view.version}
            basis={step.basis}
            label={confirmLabel(intent)}
            ready={shown === step.basis.view.version && watchArgs(watch.value) !== null}
            onConfirm={() => confirm(step.basis)}
          />
        </>
      );
    case "switching":
    case "undoing":
      return (
        <button type="button" class="button" disabled>
          {step.kind === "switching" ? "Switching …" : "Undoing …"}
        </button>
      );
    case "done":
      return (
        <>
          {step.outcome.changed && (
            <button
              type="button"
              class="button"
              onClick={() => undo(step.outcome)}
            >
              Undo
            </button>
          )}{" "}
          <button type="button" class="button button-primary" onClick={onClose}>
            Done
          </button>
        </>
      );
    case "undone":
      return close("Close");
    case "failed":
      if (step.error.code === "approval_required") {
        return (
          <>
            {close("Cancel")}{" "}
            <button type="button" class="button button-primary" onClick={propose}>
              Propose it instead
            </button>
          </>
        );
      }
      return <>{close("Close")} {step.again === "probing" && probeAgain}</>;
    default:
      return step satisfies never;
  }
}

function confirmLabel(intent: SwitchIntent): string {
  if (intent.kind === "default") return "Make it the default";
  return intent.model === null ? "Follow the default" : "Assign it";
}
