import { printable } from "./describe_answer.ts";

/** Prints what a demonstration does: numbered steps, commands, and their results. */
export class Transcript {
  readonly #print: (text: string) => void;
  #steps = 0;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  step(title: string): void {
    this.#steps++;
    this.#print(`\n${this.#steps}. ${title}\n`);
  }

  command(line: string): void {
    this.#print(`$ ${line}`);
  }

  result(text: string): void {
    this.#print(printable(text).replaceAll(/^(?=.)/gm, "  "));
  }
}

/** Columns as wide as their widest cell; the last one is not filled up. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ").trimEnd()
  ).join("\n");
}
