import { confidence } from "../comparison/interval.ts";
import type { Target } from "../comparison/target.ts";
import type { ScenarioReport } from "./scenario_report.ts";
import { interval, table } from "./table.ts";

/** The page that a run writes. */
export function renderResults(options: {
  readonly command: string;
  readonly machine: readonly string[];
  readonly method: readonly string[];
  readonly reports: readonly ScenarioReport[];
}): string {
  const { command, machine, method, reports } = options;
  const targets = reports.flatMap(({ targets }) => targets);
  const failures = reports.flatMap(({ title, failures }) =>
    failures.map((failure) => `- ${title}: ${failure}`)
  );
  const lines = [
    "# Results",
    "",
    `Written by \`${command}\`; what they mean is in [docs/performance.md](../docs/performance.md).`,
    "",
    ...machine,
    ...method.map((line) => `- ${line}`),
    "",
    ...(failures.length === 0 ? [] : ["**Failed:**", "", ...failures, ""]),
    ...(targets.length === 0 ? [] : ["## Targets", "", summary(targets), ""]),
    ...(targets.length === 0 ? [] : table(
      ["target", `measured, ${100 * confidence} % interval`, "verdict"],
      targets.map((target) => [target.aim, interval(target.measured), verdict(target)]),
    )),
    ...reports.flatMap(({ title, lines }) => [`## ${title}`, "", ...lines]),
  ];
  return `${lines.join("\n").replaceAll(/\n{3,}/g, "\n\n").trimEnd()}\n`;
}

function summary(targets: readonly Target[]): string {
  const count = (wanted: Target["verdict"]) =>
    targets.filter(({ verdict }) => verdict === wanted).length;
  return `Of ${targets.length}: ${count("met")} met, ${count("missed")} missed, ` +
    `${count("undecided")} undecided.`;
}

function verdict({ verdict, toDecide }: Target): string {
  switch (verdict) {
    case "met":
      return "met";
    case "missed":
      return "**missed**";
    case "undecided":
      return `undecided: ${toDecide}`;
    default:
      return verdict satisfies never;
  }
}
