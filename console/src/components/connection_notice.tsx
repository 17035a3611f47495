import { useServices } from "../services.ts";

/** That the project cannot be reached. As with news, the region is always there. */
export function ConnectionNotice() {
  const { connectionLost } = useServices();
  return (
    <div role="status" aria-live="polite" aria-label="Connection">
      {connectionLost.value && (
        <div class="news-item news-item-warn">
          <p>
            Not connected to the project; trying again.{" "}
            <span class="muted">What is shown may be out of date.</span>
          </p>
        </div>
      )}
    </div>
  );
}
