import { useMemo } from "preact/hooks";
import type { SwitchEffect } from "../api/report_types.ts";
import { nameOfModel } from "../format/model_state.ts";
import { type Services, useServices } from "../services.ts";
import { type Remote, useRemote } from "../state/remote.ts";
import { chosenRange, type ReportRange } from "./ranges.ts";
import { type SwitchMark, switchMarks } from "./switch_marks.ts";

/** Loads a report for the chosen range; anew when the range or the registry changes. */
export function useReport<T>(
  load: (services: Services, range: ReportRange, signal: AbortSignal) => Promise<T>,
) {
  const services = useServices();
  const range = chosenRange.value;
  const version = services.registry.view?.version ?? 0;
  const report = useRemote(
    `${range.days} ${version}`,
    async (signal) => ({ range, answer: await load(services, range, signal) }),
  );
  return { ...report, range };
}

/** The switches of the chosen range, with their effects and as marks for the charts. */
export function useSwitches(): {
  readonly remote: Remote<readonly SwitchEffect[]>;
  readonly reload: () => void;
  readonly marks: readonly SwitchMark[];
} {
  const { registry } = useServices();
  const { remote: loaded, reload } = useReport(
    async ({ manage }, { days }, signal) =>
      (await manage("switch-effect", { days }, signal)).switches,
  );
  const models = registry.view?.models;
  const switches = loaded.state === "ready" ? loaded.data.answer : undefined;
  const marks = useMemo(
    () => switchMarks(switches ?? [], (id) => nameOfModel(id, models ?? [])),
    [switches, models],
  );
  const remote = loaded.state === "ready" ? { ...loaded, data: loaded.data.answer } : loaded;
  return { remote, reload, marks };
}
