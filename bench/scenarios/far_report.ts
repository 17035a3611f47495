import { combine, type Values } from "../comparison/interval.ts";
import { atMost, type Target } from "../comparison/target.ts";
import type { KeptLoad } from "../load/kept_connection.ts";
import { measured, table } from "../results/table.ts";
import type { FarFunction, Place } from "./far_places.ts";
import type { FarKind, FarMode, FarName } from "./far_contestants.ts";
import type { FarResult } from "./measure_far.ts";

/** What a turn or a call may add, beyond two round trips, in milliseconds. */
const mostBeyond = 5;

/** A row of the table. */
interface Row {
  readonly name: string;
  readonly of: FarFunction;
  readonly kind: FarKind;
  readonly mode: FarMode;
  readonly figure: keyof KeptLoad;
}

const usual = { kind: "usual", figure: "total" } as const;
const rows: readonly Row[] = [
  { ...usual, name: "a turn, JSON", of: "chat", mode: "json" },
  { ...usual, name: "a turn, streaming", of: "chat", mode: "stream" },
  { ...usual, name: "its first text", of: "chat", mode: "stream", figure: "firstText" },
  { ...usual, name: "a call, JSON", of: "openai", mode: "json" },
  { ...usual, name: "a call, streaming", of: "openai", mode: "stream" },
  { ...usual, name: "its first text", of: "openai", mode: "stream", figure: "firstText" },
  { ...usual, name: "the first turn after a switch", of: "chat", mode: "json", kind: "switched" },
  { ...usual, name: "the first call after a switch", of: "openai", mode: "json", kind: "switched" },
  { ...usual, name: "the first turn of an instance", of: "chat", mode: "json", kind: "cold" },
  { ...usual, name: "the first call of an instance", of: "openai", mode: "json", kind: "cold" },
  { ...usual, name: "a refused turn", of: "chat", mode: "json", kind: "refused" },
];

/** What each kind of request adds at each place, and how many round trips that are. */
export function farTable(result: FarResult, roundTripMs: number): string[] {
  const away = combine(
    figureOf(result, "upstream away", "total"),
    figureOf(result, "upstream json", "total"),
    (far, near) => far - near,
  );
  return [
    ...rowsOfTable(result, roundTripMs),
    `A request of the upstream alone takes ${measured(away)} ms longer through the proxy.`,
    "",
  ];
}

function rowsOfTable(result: FarResult, roundTripMs: number): string[] {
  return table(
    [
      "",
      "near ms",
      "region pinned ms",
      "not pinned ms",
      "round trips, pinned",
      "round trips, not pinned",
    ],
    rows.map((row) => {
      const at = (place: Place) => measured(addedAt(result, row, place));
      const trips = (place: Place) =>
        measured(
          combine(
            addedAt(result, row, place),
            addedAt(result, row, "near"),
            (far, near) => (far - near) / roundTripMs,
          ),
        );
      return [
        row.name,
        ...[at("near"), at("pinned"), at("unpinned")],
        ...[trips("pinned"), trips("unpinned")],
      ];
    }),
  );
}

/** Of turns and calls with a database far away: in all, and beyond what they add near. */
export function farTargets(result: FarResult, roundTripMs: number): Target[] {
  const most = 2 * roundTripMs + mostBeyond;
  const said = `2 × ${roundTripMs} + ${mostBeyond} ms`;
  return rows.filter(({ kind, figure }) => kind === "usual" && figure === "total")
    .flatMap((row) => {
      const added = addedAt(result, row, "unpinned");
      const beyond = combine(added, addedAt(result, row, "near"), (far, near) => far - near);
      const place = `${row.name}, database ${roundTripMs} ms away`;
      return [
        atMost(`${place}: adds at most ${said} (p50)`, most, added),
        atMost(`${place}: at most ${said} more than near (p50)`, most, beyond),
      ];
    });
}

/** The figure beyond that of the upstream in the same round; a refused request asks no upstream. */
function addedAt(result: FarResult, { of, kind, mode, figure }: Row, place: Place): Values {
  const own = figureOf(result, `${of} ${kind} ${mode} ${place}`, figure);
  if (kind === "refused") return own;
  const upstream = figureOf(result, `upstream ${mode}`, figure);
  return combine(own, upstream, (value, alone) => value - alone);
}

function figureOf(result: FarResult, name: FarName, figure: keyof KeptLoad): Values {
  return (result.get(name) ?? []).map((rounds) => rounds.map((load) => load[figure]));
}
