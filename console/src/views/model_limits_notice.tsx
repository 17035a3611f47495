import type { ListedModel } from "../api/manage_actions.ts";
import { type Wanted, whatIsTooMuch } from "../chat/model_limits.ts";
import { Notice } from "../components/notice.tsx";

/** Says before it is sent what the model that is expected to answer does not take. */
export function ModelLimitsNotice(
  { model, wanted }: { model: ListedModel | undefined; wanted: Wanted },
) {
  const found = model === undefined ? [] : whatIsTooMuch(model, wanted);
  return (
    <div role="status">
      {found.length > 0 && (
        <Notice tone="warn">
          {found.map((text) => <p key={text}>{text}</p>)}
          <p>Another model answers in its place; without one that may, the question is refused.</p>
        </Notice>
      )}
    </div>
  );
}
