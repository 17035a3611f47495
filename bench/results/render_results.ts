import type { ScenarioReport } from "./scenario_report.ts";
import { spread, table } from "./table.ts";

/** The page that a run writes. */
export function renderResults(options: {
  readonly command: string;
  readonly machine: readonly string[];
  readonly method: readonly string[];
  readonly reports: readonly ScenarioReport[];
}): string {
  const { command, machine, method, reports } = options;
  const targets = reports.flatMap(({ targets }) => targets);
  const inconclusive = reports.flatMap(({ title, inconclusive }) =>
    inconclusive.map((comparison) => `- ${title}: ${comparison}`)
  );
  const lines = [
    "# Results",
    "",
    `Written by \`${command}\`; what they mean is in [docs/performance.md](../docs/performance.md).`,
    "",
    ...machine,
    ...method.map((line) => `- ${line}`),
    "",
    ...(inconclusive.length === 0 ? [] : ["**Inconclusive:**", "", ...inconclusive, ""]),
    ...(targets.length === 0 ? [] : ["## Targets", ""]),
    ...(targets.length === 0 ? [] : table(
      ["target", "measured", ""],
      targets.map(({ aim, measured, met }) => [aim, spread(measured), met ? "met" : "**missed**"]),
    )),
    ...reports.flatMap(({ title, lines }) => [`## ${title}`, "", ...lines]),
  ];
  return `${lines.join("\n").replaceAll(/\n{3,}/g, "\n\n").trimEnd()}\n`;
}
