import { useSignal } from "@preact/signals";
import type { CallerKind, UsageRow } from "../api/report_types.ts";
import { Choice } from "../components/choice.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { usdColumn } from "../format/columns.ts";
import { callerId, describeCaller } from "../format/describe_caller.ts";
import { formatCount } from "../format/numbers.ts";
import { useServices } from "../services.ts";
import { chosenRange, rangeArgs } from "../state/ranges.ts";
import { useRemote } from "../state/remote.ts";
import { tokensIn } from "./usage_tokens.ts";

const kinds = { api_key: "API key", user: "user" } as const;
const choices = { api_key: "API keys", user: "users" } as const;

/** Who used how much of the chosen range: users by their ids, never by their words. */
export function UsageByCaller() {
  const { manage, registry } = useServices();
  const by = useSignal<CallerKind>("api_key");
  const kind = by.value;
  const range = chosenRange.value;
  const { remote, reload } = useRemote(
    `${kind} ${range.days} ${registry.view?.version ?? 0}`,
    async (signal) => {
      const args = { ...rangeArgs(range, Date.now()), bucket: "total", by: kind } as const;
      return { kind, report: await manage("usage", args, signal) };
    },
  );
  return (
    <section class="panel" aria-labelledby="by-caller">
      <h2 id="by-caller">By caller</h2>
      <p class="muted">
        Users are told by their ids only. The most expensive come first; trials are among those
        without a user or key.
      </p>
      <div class="panel-tools">
        <Choice
          label="Callers"
          value={kind}
          options={choices}
          onChoose={(chosen) => by.value = chosen}
        />
      </div>
      <RemoteContent remote={remote} what="the usage by caller" onRetry={reload}>
        {({ kind, report: { usage, left_out: leftOut } }) => (
          <>
            <CallerTable rows={usage} kind={kind} />
            {leftOut > 0 && (
              <p class="muted">{formatCount(leftOut)} more that cost less are not shown.</p>
            )}
          </>
        )}
      </RemoteContent>
    </section>
  );
}

function CallerTable({ rows, kind }: { rows: readonly UsageRow[]; kind: CallerKind }) {
  const nameOf = ({ caller }: UsageRow) => describeCaller(caller, kind);
  const usd = usdColumn(rows.map(({ cost_usd }) => cost_usd));
  const count = (name: string, of: (row: UsageRow) => number): Column<UsageRow> => ({
    name,
    kind: "number",
    show: (row) => formatCount(of(row)),
    sortBy: of,
  });
  return (
    <DataTable
      label={`Usage by ${kinds[kind]}`}
      what={`${kinds[kind]}s`}
      class="stacked"
      rows={rows}
      keyOf={({ caller }) => callerId(caller, kind)}
      columns={[
        {
          name: kind === "user" ? "User" : "Key",
          kind: "row",
          show: (row) =>
            row.caller?.user_id ? <code>{nameOf(row)}</code> : <span>{nameOf(row)}</span>,
          sortBy: nameOf,
        },
        count("Turns", ({ turns }) => turns),
        count("Errors", ({ failed, partial }) => failed + partial),
        count("Tokens in", tokensIn),
        count("Tokens out", ({ output_tokens }) => output_tokens),
        {
          name: "Cost",
          kind: "number",
          show: ({ cost_usd }) => usd(cost_usd),
          sortBy: ({ cost_usd }) => cost_usd,
        },
      ]}
      textOf={nameOf}
      empty="Nothing was asked in this time."
    />
  );
}
