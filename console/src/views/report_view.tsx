import type { ComponentChildren } from "preact";
import { type LoadReport, useReport } from "../charts/use_report.ts";
import { RangeChooser } from "../components/range_chooser.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import type { ReportRange } from "../state/ranges.ts";

/** A report of the chosen range, below its heading. */
export function ReportView<Answer>(
  { title, lead, what, load, children }: {
    title: string;
    lead: string;
    /** The report's name, as in "Loading the costs". */
    what: string;
    load: LoadReport<Answer>;
    children: (answer: Answer, range: ReportRange) => ComponentChildren;
  },
) {
  const { remote, reload } = useReport(load);
  return (
    <>
      <ViewHeading title={title} tools={<RangeChooser />}>{lead}</ViewHeading>
      <RemoteContent remote={remote} what={what} onRetry={reload}>
        {({ answer, range }) => children(answer, range)}
      </RemoteContent>
    </>
  );
}
