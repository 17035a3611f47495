import type { Target } from "../comparison/target.ts";

export interface ScenarioReport {
  readonly title: string;
  /** Lines of Markdown below the title. */
  readonly lines: readonly string[];
  readonly targets: readonly Target[];
  /** Measurements that are spoilt, such as by failed requests. */
  readonly failures: readonly string[];
}
