import { useSignal } from "@preact/signals";
import type { WhatIfAnswer } from "../api/report_types.ts";
import { chosenRange, rangeArgs, type ReportRange } from "../state/ranges.ts";
import { Notice } from "../components/notice.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { Tiles } from "../components/tiles.tsx";
import { nameOfModel } from "../format/model_state.ts";
import { formatUsd, formatUsdChange } from "../format/money.ts";
import { formatCount } from "../format/numbers.ts";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";

/** What the chosen range would have cost, had one model answered everything. */
export function WhatIf() {
  const { registry } = useServices();
  const models = registry.view?.models.filter((model) => model.lifecycle !== "retired") ??
    [];
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
            <option key={model.model_id} value={model.model_id}>
              {model.model_name}
            </option>
          ))}
        </select>
      </label>
      {chosen.value !== "" && <Computed modelId={chosen.value} range={chosenRange.value} />}
    </section>
  );
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
  const models = useServices().registry.view?.models ?? [];
  if (answer.turns === 0) {
    return <p class="empty">Nothing was asked in this time.</p>;
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
          { name: "Difference", value: formatUsdChange(answer.difference_usd) },
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
      <ScrollTable label="The comparison, by model">
        <thead>
          <tr>
            <th scope="col">Answered by</th>
            <th scope="col" class="number">Turns</th>
            <th scope="col" class="number">As it was</th>
            <th scope="col" class="number">On {answer.model_name}</th>
          </tr>
        </thead>
        <tbody>
          {answer.by_model.map((row) => (
            <tr key={row.model_id}>
              <th scope="row">{nameOfModel(row.model_id, models)}</th>
              <td class="number">{formatCount(row.turns)}</td>
              <td class="number">{formatUsd(row.actual_usd)}</td>
              <td class="number">{formatUsd(row.what_if_usd)}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </>
  );
}
