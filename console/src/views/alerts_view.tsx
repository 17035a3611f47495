import { useSignal } from "@preact/signals";
import type { Alert } from "../api/manage_actions.ts";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";
import { addressOf } from "../state/route.ts";
import { AcknowledgeDialog } from "../switching/acknowledge_dialog.tsx";
import { AlertRules } from "./alert_rules.tsx";
import { AlertTable } from "./alert_table.tsx";
import { TickPanel } from "./tick_panel.tsx";
import { usePeople } from "./use_people.ts";
import { useReloads } from "./use_reloads.ts";

/** As many closed alerts as are read at once. */
const pageSize = 100;

/** What operators are told without asking: open alerts, former ones, their rules, and the tick. */
export function AlertsView() {
  const { manage } = useServices();
  const people = usePeople();
  const chosen = useSignal<Alert | null>(null);
  const { remote, reload } = useRemote("alerts", async (signal) => {
    const [open, closed] = await Promise.all([
      manage("list-alerts", { open: true, limit: 200 }, signal),
      manage("list-alerts", { open: false, limit: pageSize }, signal),
    ]);
    return { open: open.alerts, closed: closed.alerts };
  });
  useReloads(reload);
  const acknowledge = (alert: Alert) => chosen.value = alert;
  return (
    <>
      <ViewHeading
        title="Alerts"
        tools={
          <a class="button" href={addressOf("audit", { of_action: "set-alert-rule" })}>
            History of the rules
          </a>
        }
      >
        The tick opens an alert where a rule finds something, and closes it when that is gone. Where
        a webhook is configured, it is told each time.
      </ViewHeading>
      <RemoteContent remote={remote} what="the alerts" onRetry={reload}>
        {({ open, closed }) => (
          <>
            <AlertTable
              label="Open alerts"
              alerts={open}
              people={people}
              empty="No alert is open."
              onAcknowledge={acknowledge}
            />
            <section class="panel" aria-labelledby="closed-alerts">
              <h2 id="closed-alerts">Closed</h2>
              <AlertTable
                label="Closed alerts"
                alerts={closed}
                people={people}
                empty="No alert was closed yet."
                onAcknowledge={acknowledge}
              />
              {closed.length === pageSize && <p class="muted">The newest {pageSize} are shown.</p>}
            </section>
          </>
        )}
      </RemoteContent>
      <AlertRules />
      <TickPanel />
      {chosen.value !== null && (
        <AcknowledgeDialog
          alert={chosen.value}
          onClose={() => chosen.value = null}
        />
      )}
    </>
  );
}
