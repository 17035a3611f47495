/** The reports as the actions answer them: under names of their own instead of `rows`. */
import type { CostReport } from "../../../supabase/functions/_shared/reports/cost_report.ts";
import type { PerformanceReport } from "../../../supabase/functions/_shared/reports/performance_report.ts";
import type { SwitchEffectReport } from "../../../supabase/functions/_shared/reports/switch_effect_report.ts";
import type { Bucket } from "../../../supabase/functions/_shared/reports/time_range.ts";
import type { UsageReport } from "../../../supabase/functions/_shared/reports/usage_report.ts";
import type { WhatIfReport } from "../../../supabase/functions/_shared/reports/what_if_report.ts";

export type { Bucket };

export interface RangeArgs {
  from?: string;
  to?: string;
  days?: number;
  bucket?: Bucket;
}

type Renamed<Report extends { readonly rows: unknown }, Name extends string> =
  & Omit<Report, "rows">
  & { readonly [Key in Name]: Report["rows"] };

export type UsageAnswer = Renamed<UsageReport, "usage">;
export type CostAnswer = Renamed<CostReport, "costs">;
export type PerformanceAnswer = Renamed<PerformanceReport, "performance">;
export type SwitchEffectAnswer = SwitchEffectReport;
export type WhatIfAnswer = WhatIfReport;

export type UsageRow = UsageReport["rows"][number];
export type PerformanceRow = PerformanceReport["rows"][number];
/** The figures of a row that are milliseconds. */
export type LatencyFigure = Extract<keyof PerformanceRow, `${string}_ms`>;
export type SwitchEffect = SwitchEffectReport["switches"][number];
/** The turns within a time before or after a switch. */
export type EffectFigures = SwitchEffect["before"];
