import { useMemo } from "preact/hooks";
import type { SwitchEffect } from "../api/report_types.ts";
import { type Services, useServices } from "../services.ts";
import { type Remote, useRemote } from "../state/remote.ts";
import { chosenRange, rangeArgs, type ReportRange } from "../state/ranges.ts";
import { switchNames } from "./switch_names.ts";
import { type SwitchMark, switchMarks } from "./switch_marks.ts";

/** Asks for a report of a range. */
export type LoadReport<T> = (
  services: Services,
  range: ReportRange & { readonly args: { from: string; to: string } },
  signal: AbortSignal,
) => Promise<T>;

/** Loads a report for the chosen range, and again when the range or the registry changes. */
export function useReport<T>(load: LoadReport<T>) {
  const services = useServices();
  const range = chosenRange.value;
  const version = services.registry.view?.version ?? 0;
  return useRemote(
    `${range.days} ${version}`,
    async (signal) => {
      const asked = { ...range, args: rangeArgs(range, Date.now()) };
      return { range, answer: await load(services, asked, signal) };
    },
  );
}

/** The switches of the chosen range, with their effects and as marks for the charts. */
export function useSwitches(): {
  readonly remote: Remote<readonly SwitchEffect[]>;
  readonly reload: () => void;
  readonly marks: readonly SwitchMark[];
} {
  const { registry } = useServices();
  const { remote: loaded, reload } = useReport(
    async ({ manage }, { args }, signal) => (await manage("switch-effect", args, signal)).switches,
  );
  const view = registry.view;
  const switches = loaded.state === "ready" ? loaded.data.answer : undefined;
  const marks = useMemo(
    () => switchMarks(switches ?? [], switchNames(view)),
    [switches, view],
  );
  const remote = loaded.state === "ready" ? { ...loaded, data: loaded.data.answer } : loaded;
  return { remote, reload, marks };
}
