import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { callDatabaseLeniently, type DatabaseResult } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import type { Json } from "../database.types.ts";
import { type FailedCall, toDatabaseError } from "../database/database_error.ts";
import type { ReportUnreadable } from "../database/read_leniently.ts";
import { type CostReport, costReportSchema, withKnownCosts } from "./cost_report.ts";
import { type FiguresWanted, type ImpactFigures, impactFiguresSchema } from "./impact_figures.ts";
import { type MetricsReport, metricsReportSchema } from "./metrics_report.ts";
import { type PerformanceReport, performanceReportSchema } from "./performance_report.ts";
import { type SwitchEffectReport, switchEffectReportSchema } from "./switch_effect_report.ts";
import type { Bucket, TimeRange } from "./time_range.ts";
import {
  type usageCallers,
  type UsageReport,
  usageReportSchema,
  withKnownUsage,
} from "./usage_report.ts";
import { type WatchMetrics, watchMetricsSchema } from "./watch_metrics.ts";
import { type WhatIfReport, whatIfReportSchema, withKnownActualCosts } from "./what_if_report.ts";

/** Maximum milliseconds of a report. A report over a year of turns takes longer than a turn may. */
export const reportTimeoutMs = 30_000;

/** The filter of a report of usage; null: all. */
export interface UsageOf {
  readonly modelId: string | null;
  readonly assistantType: string | null;
  /** Per user or key, in place of models and assistants. Default: not. */
  readonly by?: (typeof usageCallers)[number] | undefined;
}

/** Reports on the ledger of usage. Postgres does the sums. */
export class ReportStore {
  readonly #database: DatabaseClient;
  readonly #reportUnsummed: (error: AppError) => void;
  readonly #reportUnreadable: ReportUnreadable;

  /**
   * @param database A client that waits for {@linkcode reportTimeoutMs}.
   * @param reportUnsummed Called when days could not be summed up, which only makes reports slow.
   * @param reportUnreadable Told of figures and rows that a report is without.
   */
  constructor(
    database: DatabaseClient,
    reportUnsummed: (error: AppError) => void,
    reportUnreadable: ReportUnreadable,
  ) {
    this.#database = database;
    this.#reportUnsummed = reportUnsummed;
    this.#reportUnreadable = reportUnreadable;
  }

  async usage(range: TimeRange, bucket: Bucket, of: UsageOf): Promise<UsageReport> {
    await this.sumUp();
    const args = {
      ...bounds(range),
      p_bucket: bucket,
      ...(of.modelId !== null && { p_model_id: of.modelId }),
      ...(of.assistantType !== null && { p_assistant_type: of.assistantType }),
    };
    const call = of.by === undefined
      ? this.#database.rpc("usage_report", args)
      : this.#database.rpc("usage_by_caller", { ...args, p_by: of.by });
    return withKnownUsage(await this.#read(call, usageReportSchema));
  }

  async costs(range: TimeRange, bucket: Bucket): Promise<CostReport> {
    await this.sumUp();
    const call = this.#database.rpc("cost_report", { ...bounds(range), p_bucket: bucket });
    return withKnownCosts(await this.#read(call, costReportSchema));
  }

  async performance(range: TimeRange, bucket: Bucket): Promise<PerformanceReport> {
    await this.sumUp();
    return await this.#read(
      this.#database.rpc("performance_report", { ...bounds(range), p_bucket: bucket }),
      performanceReportSchema,
    );
  }

  /** @param windowHours Hours before and after a switch whose turns are compared. */
  switchEffect(range: TimeRange, windowHours: number): Promise<SwitchEffectReport> {
    return this.#read(
      this.#database.rpc("switch_effect_report", {
        ...bounds(range),
        p_window_hours: windowHours,
      }),
      switchEffectReportSchema,
    );
  }

  /** @throws {AppError} `model_not_found`, `price_unknown`, besides what every report throws */
  async whatIf(modelId: string, range: TimeRange): Promise<WhatIfReport> {
    await this.sumUp();
    const call = this.#database.rpc("what_if_report", { p_model_id: modelId, ...bounds(range) });
    return withKnownActualCosts(await this.#read(call, whatIfReportSchema));
  }

  /** Of the last 30 days. Does not sum up first: the answer to a change waits for it. */
  async impact({ moves, modelIds }: FiguresWanted): Promise<ImpactFigures> {
    const call = this.#database.rpc("impact_figures", {
      // As JSON, which is what the argument is; the generated type asks for an index signature.
      p_moves: moves as unknown as Json,
      p_model_ids: [...modelIds],
    });
    return await this.#read(call, impactFiguresSchema);
  }

  async metrics(): Promise<MetricsReport> {
    await this.sumUp();
    return await this.#read(this.#database.rpc("metrics_report"), metricsReportSchema);
  }

  /** What is watched, for a scraper. */
  async watchMetrics(): Promise<WatchMetrics> {
    return await this.#read(this.#database.rpc("watch_metrics"), watchMetricsSchema);
  }

  /** The first report after midnight sums up the day before; reports are correct without it. */
  async sumUp(): Promise<void> {
    try {
      await this.#read(this.#database.rpc("roll_up_usage"), z.unknown());
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#reportUnsummed(error);
    }
  }

  #read<Schema extends z.ZodType>(
    call: PromiseLike<DatabaseResult>,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    return callDatabaseLeniently(call, schema, this.#reportUnreadable, toReportError);
  }
}

function bounds({ from, to }: TimeRange) {
  return { p_from: from, p_to: to };
}

/** A report that takes too long is no outage: a smaller report helps, a retry does not. */
function toReportError(call: FailedCall): AppError {
  const { code, message } = call.error;
  // 57014: canceled by Postgres. The client's own time limit has a name instead of a code.
  if (code !== "57014" && !/\bTimeoutError\b/.test(message)) return toDatabaseError(call);
  return new AppError("database_unavailable", "The report took too long.", {
    hint: "Use a shorter range or larger buckets.",
    cause: toDatabaseError(call).cause,
  });
}
