import { useSignal } from "@preact/signals";
import type { Model } from "../api/manage_actions.ts";
import type { ComparedModel, WhatIfAnswer } from "../api/report_types.ts";
import { chosenRange, rangeArgs, type ReportRange } from "../state/ranges.ts";
import { Notice } from "../components/notice.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Tiles } from "../components/tiles.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { describeShare } from "../format/compare.ts";
import { usdColumn } from "../format/columns.ts";
import { formatUsd, formatUsdChange } from "../format/money.ts";
import { formatCount } from "../format/numbers.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";

/** What the chosen range would have cost, had one model answered everything. */
export function WhatIf() {
  const { registry } = useServices();
  const models = registry.view?.models.filter((model) => model.lifecycle !== "retired") ?? [];
  const chosen = useSignal("");
  return (
    <section class="panel" aria-labelledby="what-if">
      <h2 id="what-if">What if …</h2>
      <p class="muted">
        The same tokens of the last{" "}
        {chosenRange.value.label}, at another model's present prices. Another model might have used
        more or fewer.
      </p>
      <label class="inline-field">
        Everything answered by
        <select
          value={chosen.value}
          onChange={(event) => chosen.value = event.currentTarget.value}
        >
          <option value="">choose a model</option>
          {models.map((model) => (
            // Without a price there is nothing to compute.
            <option key={model.model_id} value={model.model_id} disabled={!isPriced(model)}>
              {model.model_name}
              {!isPriced(model) && ", price not known"}
            </option>
          ))}
        </select>
      </label>
      {chosen.value !== "" && <Computed modelId={chosen.value} range={chosenRange.value} />}
    </section>
  );
}

function isPriced(model: Model): boolean {
  return model.input_cost_per_mtok !== null && model.output_cost_per_mtok !== null;
}

function Computed({ modelId, range }: { modelId: string; range: ReportRange }) {
  const { manage } = useServices();
  const { remote, reload } = useRemote(
    `${modelId} ${range.days}`,
    (signal) =>
      manage(
        "what-if",
        { model_id: modelId, ...rangeArgs(range, Date.now()) },
        signal,
      ),
  );
  return (
    <RemoteContent remote={remote} what="the comparison" onRetry={reload}>
      {(answer) => <Comparison answer={answer} />}
    </RemoteContent>
  );
}

function Comparison({ answer }: { answer: WhatIfAnswer }) {
  if (answer.turns === 0) {
    return <p class="empty">Nothing was asked in this time. Choose a longer one above.</p>;
  }
  return (
    <>
      <Tiles
        tiles={[
          { name: "As it was", value: formatUsd(answer.actual_usd) },
          {
            name: `All on ${answer.model_name}`,
            value: formatUsd(answer.what_if_usd),
          },
          {
            name: "Difference",
            value: formatUsdChange(answer.difference_usd),
            ...describeShare(answer),
          },
        ]}
      />
      {answer.cache_as_input && (
        <Notice tone="info">
          <p>
            The price of cached tokens is not known for {answer.model_name}: they count as input.
          </p>
        </Notice>
      )}
      {answer.unpriced > 0 && (
        <Notice tone="info">
          <p>
            The cost of {formatCount(answer.unpriced)}{" "}
            calls is not known: it is missing from the sum as it was, and so from the difference.
          </p>
        </Notice>
      )}
      <ComparedModels answer={answer} />
    </>
  );
}

function ComparedModels({ answer: { by_model: rows, model_name } }: { answer: WhatIfAnswer }) {
  const models = useServices().registry.view?.models ?? [];
  const nameOf = (row: ComparedModel) => nameOfModel(row.model_id, models);
  const format = usdColumn(rows.flatMap((row) => [row.actual_usd, row.what_if_usd]));
  const columns: Column<ComparedModel>[] = [
    { name: "Answered by", kind: "row", show: nameOf, sortBy: nameOf },
    {
      name: "Turns",
      kind: "number",
      show: ({ turns }) => formatCount(turns),
      sortBy: ({ turns }) => turns,
    },
    {
      name: "As it was",
      kind: "number",
      show: (row) => format(row.actual_usd),
      sortBy: (row) => row.actual_usd,
    },
    {
      name: `On ${model_name}`,
      kind: "number",
      show: (row) => format(row.what_if_usd),
      sortBy: (row) => row.what_if_usd,
    },
  ];
  return (
    <DataTable
      label="The comparison, by model"
      what="models"
      rows={rows}
      keyOf={(row) => row.model_id ?? ""}
      columns={columns}
      textOf={nameOf}
    />
  );
}
