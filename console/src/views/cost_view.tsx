import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bucket, CostAnswer } from "../api/report_types.ts";
import type { SwitchMark } from "../charts/switch_marks.ts";
import { useSwitches } from "../charts/use_report.ts";
import { ExportButton } from "../components/export_button.tsx";
import { Tiles } from "../components/tiles.tsx";
import { usdColumn } from "../format/columns.ts";
import { costsCsv, monthCsv } from "../format/costs_csv.ts";
import { formatUsd } from "../format/money.ts";
import { formatCount, formatPercent } from "../format/numbers.ts";
import { type Grouping, GroupingChoice, groupOf, useGroupLabel } from "./grouping.tsx";
import { ReportChart } from "./report_chart.tsx";
import { ReportView } from "./report_view.tsx";
import { WhatIf } from "./what_if.tsx";

/** The cost of the answers, and their cost on another model. */
export function CostView() {
  const { marks } = useSwitches();
  return (
    <>
      <ReportView
        title="Cost"
        lead="At the prices that were valid when each answer was given, in US dollars."
        what="the costs"
        load={({ manage }, { args, bucket }, signal) =>
          manage("costs", { ...args, bucket }, signal)}
      >
        {(answer, { bucket, label }) => (
          <>
            <Totals answer={answer} label={label} />
            <CostExports answer={answer} />
            <CostChart answer={answer} bucket={bucket} marks={marks} />
          </>
        )}
      </ReportView>
      <WhatIf />
    </>
  );
}

function Totals({ answer, label }: { answer: CostAnswer; label: string }) {
  const { month, unpriced, estimated_usd } = answer;
  return (
    <Tiles
      tiles={[
        {
          name: `Last ${label}`,
          value: formatUsd(answer.total_usd),
          ...(estimated_usd > 0 && { note: `${formatUsd(estimated_usd)} by estimated tokens` }),
        },
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
          note: unpriced === 1 ? "call, not in the sums" : "calls, not in the sums",
        },
      ]}
    />
  );
}

/** The rows of the range; and the month's sum for each model, as an invoice has it. */
function CostExports({ answer: { costs, month, bucket } }: { answer: CostAnswer }) {
  const monthName = month.month_start.slice(0, 7);
  return (
    <div class="panel-tools">
      <ExportButton
        label={`Export the costs per ${bucket} as CSV`}
        name={`costs-per-${bucket}`}
        csv={() => costsCsv(costs)}
      />
      <ExportButton
        label={`Export ${monthName} as CSV`}
        name={`costs-${monthName}`}
        csv={() => monthCsv(month)}
      />
    </div>
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
  const cells = useMemo(
    () =>
      answer.costs.map((row) => ({
        at: row.bucket_start,
        key: groupOf(row, grouping.value),
        value: row.cost_usd,
      })),
    [answer, grouping.value],
  );
  return (
    <ReportChart
      title={`Cost per ${bucket}`}
      cells={cells}
      from={answer.from}
      to={answer.to}
      bucket={bucket}
      marks={marks}
      labelOf={labelOf}
      summable
      format={usdColumn}
      formatAxis={usdColumn}
    >
      <GroupingChoice grouping={grouping} />
    </ReportChart>
  );
}
