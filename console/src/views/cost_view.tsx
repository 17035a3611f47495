import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, CostAnswer } from "../api/report_types.ts";
import { alignSeries } from "../charts/align_series.ts";
import { mostLines } from "../charts/line_styles.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { TimeChart } from "../charts/time_chart.tsx";
import { useReport, useSwitches } from "../charts/use_report.ts";
import { Choice } from "../components/choice.tsx";
import { RangeChooser } from "../components/range_chooser.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { Tiles } from "../components/tiles.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { formatUsd } from "../format/money.ts";
import { formatCount, formatPercent } from "../format/numbers.ts";
import { type Grouping, groupings, useGroupLabel } from "./grouping.ts";
import { WhatIf } from "./what_if.tsx";

/** What the answers cost, and would have cost on another model. */
export function CostView() {
  const { remote, reload } = useReport(({ manage }, { args, bucket }, signal) =>
    manage("costs", { ...args, bucket }, signal)
  );
  const { marks } = useSwitches();
  return (
    <>
      <ViewHeading title="Cost" tools={<RangeChooser />}>
        At the prices that were valid when each answer was given, in US dollars.
      </ViewHeading>
      <RemoteContent remote={remote} what="the costs" onRetry={reload}>
        {({ answer, range }) => (
          <>
            <Totals answer={answer} label={range.label} />
            <CostChart answer={answer} bucket={range.bucket} marks={marks} />
          </>
        )}
      </RemoteContent>
      <WhatIf />
    </>
  );
}

function Totals({ answer, label }: { answer: CostAnswer; label: string }) {
  const { month, unpriced } = answer;
  return (
    <Tiles
      tiles={[
        { name: `Last ${label}`, value: formatUsd(answer.total_usd) },
        {
          name: "This month so far",
          value: formatUsd(month.to_date_usd),
          note: `${formatPercent(month.elapsed_fraction)} of it is over`,
        },
        {
          name: "This month, projected",
          value: formatUsd(month.projected_usd),
          note: "in a straight line",
        },
        {
          name: "Without a known price",
          value: formatCount(unpriced),
          note: unpriced === 1 ? "turn, not in the sums" : "turns, not in the sums",
        },
      ]}
    />
  );
}

function CostChart(
  { answer, bucket, marks }: {
    answer: CostAnswer;
    bucket: Bucket;
    marks: readonly SwitchMark[];
  },
) {
  const grouping = useSignal<Grouping>("model");
  const labelOf = useGroupLabel(grouping.value);
  const data = useMemo(() =>
    alignSeries(
      answer.costs.map((row) => ({
        at: row.bucket_start,
        key: grouping.value === "model" ? row.model_id ?? "" : row.assistant_type,
        value: row.cost_usd,
      })),
      {
        ...answer,
        bucket,
        missing: 0,
        labelOf,
        most: mostLines,
        others: "All others",
      },
    ), [answer, bucket, grouping.value, labelOf]);
  return (
    <section class="panel">
      <div class="panel-tools">
        <Choice
          label="By"
          value={grouping.value}
          options={groupings}
          onChoose={(chosen) => grouping.value = chosen}
        />
      </div>
      <TimeChart
        title={`Cost per ${bucket}`}
        {...{ data, bucket, marks }}
        format={formatUsd}
        formatAxis={formatUsd}
        summable
      />
    </section>
  );
}
