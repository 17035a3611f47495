import { useServices } from "../services.ts";
import { addressOf } from "../state/route.ts";

/** That something is to be looked at, on every view. As with news, the region is always there. */
export function AlertNotice() {
  const view = useServices().operations.view.value;
  const { alerts = 0, tickIsLate = false } = view ?? {};
  return (
    <div role="status" aria-live="polite" aria-label="Open alerts">
      {(alerts > 0 || tickIsLate) && (
        <div class="news-item news-item-warn">
          <p>
            {alerts > 0 && `${alerts} open alert${alerts === 1 ? "" : "s"}. `}
            {tickIsLate && "The tick is late: nothing is watched. "}
          </p>
          <a class="button button-quiet" href={addressOf("alerts")}>See the alerts</a>
        </div>
      )}
    </div>
  );
}
