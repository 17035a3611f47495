import type { HistoryProgress } from "./write_history.ts";

/** Says how far the writing is: percent, messages a second, and about how long it will take. */
export function progressLine(progress: HistoryProgress, elapsedMs: number): string {
  const { messages, of, before } = progress;
  const rate = (messages - before) / Math.max(elapsedMs, 1) * 1000;
  const seconds = Math.round((of - messages) / Math.max(rate, 1));
  const percent = String(Math.floor(messages / of * 100)).padStart(3);
  return `${percent} %  ${messages} of ${of} messages, ${
    Math.round(rate)
  } a second, ${seconds} s to go`;
}
