import { useSignal } from "@preact/signals";
import { type ApiError, toApiError } from "../api/api_error.ts";
import { useServices } from "../services.ts";
import { askOfAnswer } from "../state/ask_of_answer.ts";
import { saveFile } from "../state/save_file.ts";
import { ErrorNotice } from "./error_notice.tsx";

/** Gives the evidence of an answer as a file, for an auditor; it holds no words. */
export function EvidenceButton({ id }: { id: string }) {
  const { manage } = useServices();
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  const save = async () => {
    busy.value = true;
    error.value = null;
    try {
      const { evidence } = await askOfAnswer(id, (named) => manage("evidence", named));
      saveFile(`evidence-${id}.json`, "application/json", JSON.stringify(evidence, null, 2));
    } catch (failure) {
      error.value = toApiError(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <button type="button" class="button" disabled={busy.value} onClick={() => void save()}>
        Save evidence
      </button>
      {error.value !== null && <ErrorNotice error={error.value} onRetry={() => void save()} />}
    </>
  );
}
