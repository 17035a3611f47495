import { useSignal } from "@preact/signals";
import type { NewModel } from "../api/manage_actions.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { PriceDialog } from "./price_dialog.tsx";

/** Adds one of AWS's models to the registry, and leads on to its price. */
export function RegisterDialog(
  { model: { model_id, name }, onClose }: { model: NewModel; onClose: () => void },
) {
  const { manage, registry } = useServices();
  const isPricing = useSignal(false);
  const row = registry.view?.models.find((each) => each.model_id === model_id);
  if (isPricing.value && row !== undefined) return <PriceDialog model={row} onClose={onClose} />;
  return (
    <ChangeDialog
      title={`Register ${name}`}
      label="Register"
      change={null}
      perform={(args) => manage("register", { model_id, ...args })}
      next={row === undefined
        ? null
        : (
          <button type="button" class="button" onClick={() => isPricing.value = true}>
            Enter its price
          </button>
        )}
      onClose={onClose}
    >
      <p>
        <code>{model_id}</code>{" "}
        becomes a row of the registry: with AWS's lifecycle dates, without a price, and not yet
        available. Enter its price, try it, then enable it.
      </p>
    </ChangeDialog>
  );
}
