import type { LimitStatus } from "../api/manage_actions.ts";
import { Facts } from "../components/facts.tsx";
import { describeNear } from "../format/describe_limit.ts";
import { describeUse, formatAmount } from "../format/limit_figures.ts";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";

/** Takes a limit away. */
export function RemoveLimitDialog(
  { limit, onClose }: { limit: LimitStatus; onClose: () => void },
) {
  const { manage } = useServices();
  const { id, name, scope, amount, unit, enforcement, windows: [nearest] } = limit;
  const near = scope.kind === "each_user" ? describeNear(limit) : null;
  return (
    <ChangeDialog
      title={`Remove the limit of ${name}`}
      label="Remove the limit"
      danger
      change={null}
      perform={async (args) => {
        const { message } = await manage("remove-limit", { id, ...args });
        return { message };
      }}
      onClose={onClose}
    >
      <p>
        {enforcement === "hard"
          ? "Nothing is refused for it any more, from the next turn or call on."
          : "Nothing is told of it any more."} What was spent stays in the ledger.
      </p>
      <Facts
        facts={[
          { term: "Amount", text: `${formatAmount(amount, unit)}, ${enforcement}` },
          {
            term: "Used now",
            text: near ?? (nearest === undefined ? "nothing" : describeUse(nearest, limit)),
          },
        ]}
      />
    </ChangeDialog>
  );
}
