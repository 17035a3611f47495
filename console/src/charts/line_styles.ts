/** How the lines of a chart are told apart: by colour, and without it by their dashes. */

/** In CSS pixels, drawn and left out in turn. */
const dashes: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [5, 5],
  [14, 4],
  [1, 5],
];

/** The most lines of a chart. */
export const mostLines = dashes.length;

export interface LineStyle {
  /** Name of the custom property that holds the colour of the present scheme. */
  readonly colour: string;
  readonly dash: readonly number[];
}

export function lineStyle(index: number): LineStyle {
  const place = index % mostLines;
  return { colour: `--series-${place + 1}`, dash: dashes[place]! };
}
