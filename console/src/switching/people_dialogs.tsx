import { useSignal } from "@preact/signals";
import { ApiError, toApiError } from "../api/api_error.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";
import { saveFile } from "../state/save_file.ts";
import { ChangeDialog } from "./change_dialog.tsx";

const isUser = (text: string) => /^[^\s@]+@[^\s@]+$|^[0-9a-fA-F-]{36}$/.test(text.trim());

function UserField(
  { value, readOnly = false, onInput }: {
    value: string;
    readOnly?: boolean;
    onInput: (text: string) => void;
  },
) {
  return (
    <label>
      User: id, or e-mail address
      <input
        type="text"
        autocomplete="off"
        value={value}
        readOnly={readOnly}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface Props {
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** Erases what is stored of a user, for good. */
export function EraseDialog({ onChanged, onClose }: Props) {
  const { manage } = useServices();
  const user = useSignal("");
  const isMeant = useSignal(false);
  return (
    <ChangeDialog
      title="Erase a user's data"
      label="Erase for good"
      danger
      change={null}
      valid={isUser(user.value) && isMeant.value}
      dirty={user.value !== ""}
      perform={async (args) => {
        const { message } = await manage("erase-user", { user_id: user.value.trim(), ...args });
        onChanged();
        return { message };
      }}
      onClose={onClose}
    >
      <UserField value={user.value} onInput={(text) => user.value = text} />
      <p>
        Gone are then all conversations of the user with their messages and titles, and the images
        and documents of the switchboard's bucket. The account stays, and so do the figures of the
        ledger, which name no user. Nothing brings the words back.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={isMeant.value}
          onChange={(event) => isMeant.value = event.currentTarget.checked}
        />
        Erase all conversations of {user.value.trim() || "this user"}
      </label>
    </ChangeDialog>
  );
}

/** Keeps a user's data from being erased. */
export function HoldDialog({ onChanged, onClose }: Props) {
  const { manage } = useServices();
  const user = useSignal("");
  const why = useSignal("");
  const until = useSignal("");
  return (
    <ChangeDialog
      title="Set a legal hold"
      label="Set the hold"
      change={null}
      takesReason={false}
      valid={isUser(user.value) && why.value.trim() !== ""}
      dirty={user.value !== "" || why.value !== ""}
      perform={async () => {
        const { message } = await manage("set-legal-hold", {
          user_id: user.value.trim(),
          reason: why.value.trim(),
          ...(until.value === "" ? {} : { until: until.value }),
        });
        onChanged();
        return { message };
      }}
      onClose={onClose}
    >
      <UserField value={user.value} onInput={(text) => user.value = text} />
      <label>
        Reason
        <input
          type="text"
          maxLength={500}
          value={why.value}
          onInput={(event) => why.value = event.currentTarget.value}
        />
      </label>
      <p class="muted">Name the case, and no person: the reason stays in the audit log.</p>
      <label>
        Last day, in UTC
        <input
          type="date"
          value={until.value}
          onInput={(event) => until.value = event.currentTarget.value}
        />
      </label>
      <p class="muted">Without a day, the hold is in force until it is removed.</p>
    </ChangeDialog>
  );
}

/** Ends a legal hold. */
export function RemoveHoldDialog(
  { userId, name, onChanged, onClose }: Props & { userId: string; name: string },
) {
  const { manage } = useServices();
  return (
    <ChangeDialog
      title={`Remove the legal hold on ${name}`}
      label="Remove the hold"
      danger
      change={null}
      perform={async (args) => {
        const { message } = await manage("remove-legal-hold", { user_id: userId, ...args });
        onChanged();
        return { message };
      }}
      onClose={onClose}
    >
      <p>
        The user's data can be erased then: by an operator, by the user, and by the retention of the
        assistants, with the next tick.
      </p>
    </ChangeDialog>
  );
}

/** Sets for how long an assistant's conversations are kept. */
export function RetentionDialog(
  { assistantType, keepDays, onChanged, onClose }: Props & {
    assistantType: string;
    keepDays: number | null;
  },
) {
  const { manage } = useServices();
  const days = useSignal(keepDays === null ? "" : String(keepDays));
  const isValid = days.value === "" || /^[1-9]\d{0,4}$/.test(days.value);
  return (
    <ChangeDialog
      title={`Retention of ${assistantType}`}
      label="Set the retention"
      danger={days.value !== ""}
      change={null}
      valid={isValid && days.value !== (keepDays === null ? "" : String(keepDays))}
      dirty={days.value !== (keepDays === null ? "" : String(keepDays))}
      perform={async (args) => {
        const { message } = await manage("set-retention", {
          assistant_type: assistantType,
          keep_days: days.value === "" ? null : Number(days.value),
          ...args,
        });
        onChanged();
        return { message };
      }}
      onClose={onClose}
    >
      <label>
        Days after the last turn
        <input
          type="number"
          min="1"
          max="36500"
          value={days.value}
          onInput={(event) => days.value = event.currentTarget.value}
        />
      </label>
      <p>
        Empty: conversations are kept for good. Otherwise the tick erases the older ones, for good,
        but for those under a legal hold.
      </p>
    </ChangeDialog>
  );
}

/** Saves what is stored of a user as a file. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  const { functions } = useServices();
  const user = useSignal("");
  const step = useSignal<"form" | "working" | "done">("form");
  const problem = useSignal<ApiError | null>(null);
  const start = async () => {
    step.value = "working";
    problem.value = null;
    try {
      const response = await functions.call("manage-bedrock-models", {
        action: "export-user",
        user_id: user.value.trim(),
      });
      const text = await response.text();
      const last = text.trimEnd().split("\n").at(-1) ?? "";
      if (!last.startsWith('{"type":"end",')) {
        throw new ApiError("unreadable", "The export broke off; nothing was saved. Try it again.");
      }
      saveFile("export.jsonl", "application/jsonl", text);
      step.value = "done";
    } catch (error) {
      problem.value = toApiError(error);
      step.value = "form";
    }
  };
  return (
    <Dialog
      title="Export a user's data"
      step={step.value === "done" ? "done" : "confirm"}
      busy={step.value === "working"}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>Close</button>
          {step.value !== "done" && (
            <button
              type="button"
              class="button button-primary"
              disabled={step.value === "working" || !isUser(user.value)}
              onClick={start}
            >
              Export
            </button>
          )}
        </>
      }
    >
      {step.value === "done"
        ? (
          <div role="status">
            <Notice tone="ok" title="The export is saved.">
              <p>It holds the user's words: keep the file accordingly.</p>
            </Notice>
          </div>
        )
        : (
          <div class="form">
            <UserField value={user.value} onInput={(text) => user.value = text} />
            <p class="muted">
              Conversations, messages, images and documents, as JSON Lines. The audit log keeps who
              exported it.
            </p>
          </div>
        )}
      {problem.value !== null && <ErrorNotice error={problem.value} />}
    </Dialog>
  );
}
