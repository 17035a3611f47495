import { saveFile } from "../state/save_file.ts";

/** Gives what is shown as a file for a spreadsheet. */
export function ExportButton(
  { label, name, csv }: {
    label: string;
    /** Of the file, without its ending. */
    name: string;
    csv: () => string;
  },
) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => saveFile(`${name}.csv`, "text/csv", csv())}
    >
      {label}
    </button>
  );
}
