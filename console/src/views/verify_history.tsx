import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import type { Verification } from "../api/manage_actions.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Notice } from "../components/notice.tsx";
import { formatCount } from "../format/numbers.ts";
import { useServices } from "../services.ts";

/** Asks whether anybody has changed the log. */
export function VerifyHistory() {
  const { manage } = useServices();
  const found = useSignal<Verification | null>(null);
  const failure = useSignal<ApiError | null>(null);
  const busy = useSignal(false);
  const verify = async () => {
    busy.value = true;
    found.value = failure.value = null;
    try {
      found.value = (await manage("verify-history", {})).verification;
    } catch (error) {
      failure.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class="verify">
      <button
        type="button"
        class="button"
        onClick={verify}
        disabled={busy.value}
      >
        {busy.value ? "Verifying …" : "Verify the log"}
      </button>
      <div role="status">
        {found.value !== null && <Finding found={found.value} />}
      </div>
      {failure.value !== null && <ErrorNotice error={failure.value} onRetry={verify} />}
    </div>
  );
}

function Finding({ found }: { found: Verification }) {
  if (!found.ok) {
    return (
      <Notice tone="danger" title="The log was tampered with.">
        <p>
          {found.broken_id !== null && `Entry ${found.broken_id}: `}
          {found.problem}
        </p>
      </Notice>
    );
  }
  return (
    <Notice
      tone="ok"
      title={`All ${formatCount(found.entries)} entries are as they were written.`}
    >
      <p>
        Last hash, worth noting elsewhere: <code class="hash">{found.last_hash}</code>
      </p>
    </Notice>
  );
}
