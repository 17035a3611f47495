import type { EffectFigures, SwitchEffect } from "../api/report_types.ts";
import { describeSwitch } from "../charts/switch_marks.ts";
import { switchNames } from "../charts/switch_names.ts";
import { Badge } from "../components/badge.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ScrollTable } from "../components/scroll_table.tsx";
import { formatUsd } from "../format/money.ts";
import { formatCount, formatMs, formatPercent, nothing } from "../format/numbers.ts";
import { formatMoment } from "../format/time.ts";
import { useServices } from "../services.ts";
import type { Remote } from "../state/remote.ts";

/** Each switch with the day before and the day after it. */
export function SwitchEffects(
  { remote, onRetry }: {
    remote: Remote<readonly SwitchEffect[]>;
    onRetry: () => void;
  },
) {
  return (
    <section class="panel" aria-labelledby="effects">
      <h2 id="effects">Switches and their effect</h2>
      <p class="muted">
        The 24 hours before each switch and after it. “Late” are answers begun after the switch that
        an older registry chose: there must be none.
      </p>
      <RemoteContent remote={remote} what="the switches" onRetry={onRetry}>
        {(switches) =>
          switches.length === 0
            ? <p class="empty">No switch in this time.</p>
            : <EffectTable switches={switches} />}
      </RemoteContent>
    </section>
  );
}

function EffectTable({ switches }: { switches: readonly SwitchEffect[] }) {
  const names = switchNames(useServices().registry.view);
  return (
    <ScrollTable label="Switches and their effect, newest first">
      <thead>
        <tr>
          <th scope="col">Switch</th>
          <th scope="col" class="number">Turns</th>
          <th scope="col" class="number">Error rate</th>
          <th scope="col" class="number">p95</th>
          <th scope="col" class="number">Cost per turn</th>
          <th scope="col" class="number">First answer</th>
          <th scope="col" class="number">Late</th>
        </tr>
      </thead>
      <tbody>
        {switches.map((each) => (
          <tr key={each.switch_id}>
            <th scope="row">
              <span class="cell-title">{describeSwitch(each, names)}</span>
              <span class="muted cell-note">
                {formatMoment(each.created_at)}
              </span>
            </th>
            <Change of={each} show={({ turns }) => formatCount(turns)} />
            <Change
              of={each}
              show={({ error_rate }) => formatPercent(error_rate)}
            />
            <Change of={each} show={({ p95_ms }) => formatMs(p95_ms)} />
            <Change of={each} show={costPerTurn} />
            <td class="number">{formatMs(each.convergence.first_answer_ms)}</td>
            <td class="number">
              {each.convergence.older === 0 ? "0" : (
                <Badge tone="danger">
                  {formatCount(each.convergence.older)}
                </Badge>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}

/** A figure before and after. */
function Change(
  { of: { before, after }, show }: {
    of: SwitchEffect;
    show: (figures: EffectFigures) => string;
  },
) {
  return (
    <td class="number nowrap">
      <span class="muted">{show(before)} →</span> {show(after)}
    </td>
  );
}

function costPerTurn({ cost_per_turn_usd: cost }: EffectFigures): string {
  return cost === null ? nothing : formatUsd(cost);
}
