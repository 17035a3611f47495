import type { Measurement } from "./measure.ts";

/** What every report has to keep within, in milliseconds, with a million messages. */
export const mostMs = 300;

/**
 * What is wrong with a measurement: slower than it may be, or reading all messages, or the whole
 * ledger for a part of its time.
 *
 * @param whole days in the history
 */
export function faults(measurement: Measurement, whole: number): string[] {
  const { median, readWhole } = measurement;
  const { days } = measurement.case;
  const found: string[] = [];
  if (median > mostMs) found.push(`${median.toFixed(0)} ms, more than ${mostMs}`);
  if (readWhole.includes("ai_messages")) found.push("reads all of ai_messages");
  if (readWhole.includes("ai_usage") && days !== whole) found.push("reads all of ai_usage");
  return found;
}
