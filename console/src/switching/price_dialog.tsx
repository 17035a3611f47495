import { useSignal } from "@preact/signals";
import type { ListedModel, PricePeriod } from "../api/manage_actions.ts";
import { Badge } from "../components/badge.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { formatPrice } from "../format/money.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { PriceFields } from "./price_fields.tsx";
import { allPrices, type PriceArgs, priceValues, usePriceForm } from "./price_form.ts";
import type { ChangeResult } from "./use_change.ts";

/** The prices of a model: past, current and scheduled ones, and setting or taking back those. */
export function PriceDialog({ model, onClose }: { model: ListedModel; onClose: () => void }) {
  const { manage } = useServices();
  const { model_id } = model;
  const form = usePriceForm(model);
  /** When scheduled prices would begin to hold that are to be taken back. */
  const from = useSignal<string | null>(null);
  const isTakingBack = from.value !== null;
  /** No rollback takes back what is scheduled: that is done by what was scheduled before. */
  const schedule = async (
    prices: PriceArgs & { valid_from: string },
    args: { reason?: string },
  ): Promise<ChangeResult> => {
    const { valid_from } = prices;
    const former = (await manage("list-prices", { model_id })).prices.find((period) =>
      Date.parse(period.valid_from) === Date.parse(valid_from)
    );
    const result = await manage("set-price", { model_id, ...prices, ...args });
    const before = former === undefined ? {} : allPrices(priceValues(former)) ?? {};
    const expected_version = result.registry_version;
    return {
      ...result,
      undo: () => manage("set-price", { model_id, ...before, valid_from, expected_version }),
    };
  };
  const perform = (args: { reason?: string }): Promise<ChangeResult> => {
    if (from.value !== null) return schedule({ valid_from: from.value }, args);
    const { valid_from, ...prices } = form.args ?? {};
    return valid_from === undefined
      ? manage("set-price", { model_id, ...prices, ...args })
      : schedule({ ...prices, valid_from }, args);
  };
  return (
    <ChangeDialog
      title={`Prices of ${model.model_name}`}
      label={isTakingBack ? "Take them back" : "Set the prices"}
      change={null}
      valid={isTakingBack || form.args !== null}
      dirty={form.dirty}
      perform={perform}
      onClose={onClose}
    >
      <PeriodTable modelId={model_id} onTakeBack={(start) => from.value = start} />
      {from.value === null ? <PriceFields form={form} /> : (
        <p role="status">
          The prices scheduled from {formatMoment(from.value)}{" "}
          are taken back; those before them hold on.{" "}
          <button
            type="button"
            class="button button-quiet"
            onClick={() => from.value = null}
          >
            Keep them
          </button>
        </p>
      )}
    </ChangeDialog>
  );
}

function PeriodTable(
  { modelId, onTakeBack }: { modelId: string; onTakeBack: (start: string) => void },
) {
  const { manage, registry } = useServices();
  const { remote, reload } = useRemote(
    `${modelId} ${registry.view?.version}`,
    (signal) => manage("list-prices", { model_id: modelId }, signal),
  );
  return (
    <RemoteContent remote={remote} what="the prices" onRetry={reload}>
      {({ prices }) =>
        prices.length === 0
          ? <p class="empty">No price was ever set. Enter it below.</p>
          : <Periods prices={prices} onTakeBack={onTakeBack} />}
    </RemoteContent>
  );
}

const tones = { past: "plain", current: "ok", scheduled: "accent" } as const;

function Periods(
  { prices, onTakeBack }: {
    prices: readonly PricePeriod[];
    onTakeBack: (start: string) => void;
  },
) {
  return (
    <ScrollTable label="Prices by the time in which they hold, newest first" class="compact">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Input</th>
          <th scope="col" class="number">Output</th>
          <th scope="col" class="number">Cache read / write / write for 1 h</th>
        </tr>
      </thead>
      <tbody>
        {prices.map((period) => (
          <tr key={period.valid_from}>
            <th scope="row">{formatMoment(period.valid_from)}</th>
            <td>
              <Badge tone={tones[period.state]}>{period.state}</Badge>
              {period.state === "scheduled" && (
                <button
                  type="button"
                  class="button button-quiet"
                  aria-label={`Take back the prices from ${formatMoment(period.valid_from)}`}
                  onClick={() => onTakeBack(period.valid_from)}
                >
                  Take back
                </button>
              )}
            </td>
            <td class="number">{formatPrice(period.input_cost_per_mtok)}</td>
            <td class="number">{formatPrice(period.output_cost_per_mtok)}</td>
            <td class="number">
              {formatPrice(period.cache_read_cost_per_mtok)} /{" "}
              {formatPrice(period.cache_write_cost_per_mtok)} /{" "}
              {formatPrice(period.cache_write_1h_cost_per_mtok)}
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}
