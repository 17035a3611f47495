import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Change, ProposedChange } from "../api/manage_actions.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Loading } from "../components/loading.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";
import { AffectedFacts, Impact, impactKey, Warnings } from "./impact.tsx";
import { ReasonField } from "./reason_field.tsx";
import { UnsavedActions, UnsavedNotice, useUnsaved } from "./unsaved.tsx";
import type { Undo } from "./late_undo.ts";
import { type ChangeStep, type Perform, useChange } from "./use_change.ts";

export interface ChangeDialogProps {
  readonly title: string;
  /** Of the button that makes the change. */
  readonly label: string;
  readonly danger?: boolean;
  /** What is shown of before it is made; null: nothing but the form. */
  readonly change: Change | null;
  readonly perform: Perform;
  /** How a second person is asked for it, where it is refused for want of one; null: not at all. */
  readonly proposes?: ProposedChange | null;
  /** Whether a reason is kept. Default: true. */
  readonly takesReason?: boolean;
  /** Whether the form can be sent. Default: true. */
  readonly valid?: boolean;
  /** Whether something was entered that would be lost. Default: false. */
  readonly dirty?: boolean;
  /** What can be done next, beside closing. */
  readonly next?: ComponentChildren;
  /** What the change gave and nothing shows again: the dialog then closes by its button only. */
  readonly shownOnce?: ComponentChildren;
  /** What the change is about, and its fields. */
  readonly children?: ComponentChildren;
  readonly onClose: () => void;
}

/** A change from what it would do, with a reason, to what it did, and back again. */
export function ChangeDialog(props: ChangeDialogProps) {
  const { title, change, perform, valid = true, dirty = false, shownOnce = null, onClose } = props;
  const { registry } = useServices();
  const { step, reason, confirm, propose, undo } = useChange(perform);
  const version = registry.view?.version ?? 0;
  const key = impactKey(change, version);
  // Which change's impact has been shown, on which version: nothing is confirmed unseen.
  const shownKey = useSignal<string | null>(null);
  const ready = valid && (change === null || shownKey.value === key);
  const formId = useId();
  const shown = step.value;
  const editing = shown.kind === "confirm" || shown.kind === "working";
  const unsaved = (dirty || reason.value.trim() !== "") && (editing || shown.kind === "leaving");
  const holds = shown.kind === "done" && shownOnce !== null;
  useUnsaved(unsaved || holds);

  const close = () => {
    if (holds) return;
    if (unsaved) step.value = { kind: "leaving" };
    else onClose();
  };
  return (
    <Dialog
      title={title}
      step={shown.kind === "working" ? "confirm" : shown.kind}
      busy={shown.kind === "working" || shown.kind === "undoing"}
      onClose={close}
      actions={
        <Actions
          // With a key, so that a click on one step's button never meets the next one's.
          key={shown.kind === "working" ? "confirm" : shown.kind}
          {...props}
          step={shown}
          formId={formId}
          ready={ready}
          onUndo={undo}
          onPropose={propose}
          onStay={() => step.value = { kind: "confirm", error: null }}
          onCancel={close}
        />
      }
    >
      {editing && (
        <form
          id={formId}
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready && shown.kind === "confirm") confirm();
          }}
        >
          {props.children}
          {change !== null && (
            <Impact
              change={change}
              version={version}
              onShown={() => shownKey.value = key}
            />
          )}
          {props.takesReason !== false && (
            <ReasonField reason={reason} disabled={shown.kind === "working"} />
          )}
        </form>
      )}
      <Outcome step={shown} />
      {shown.kind === "done" && shownOnce}
    </Dialog>
  );
}

function Outcome({ step }: { step: ChangeStep }) {
  switch (step.kind) {
    case "confirm":
      return step.error === null ? null : <ErrorNotice error={step.error} />;
    case "working":
      return null;
    case "leaving":
      return <UnsavedNotice />;
    case "undoing":
      return <Loading what="the state before" />;
    case "done":
      return (
        <div role="status" class="form">
          <Notice tone="ok" title={step.result.message} />
          {step.result.affected && <AffectedFacts affected={step.result.affected} />}
          <Warnings warnings={step.result.warnings ?? []} />
        </div>
      );
    case "undone":
      return (
        <div role="status">
          <Notice tone="ok" title={step.nothing ? "Nothing was left to undo." : "Undone."}>
            <p>{step.message}</p>
          </Notice>
        </div>
      );
    case "failed":
      return <ErrorNotice error={step.error} />;
    default:
      return step satisfies never;
  }
}

function Actions(
  {
    step,
    label,
    danger,
    dirty,
    formId,
    ready,
    next,
    proposes = null,
    onUndo,
    onPropose,
    onStay,
    onCancel,
    onClose,
  }:
    & ChangeDialogProps
    & {
      step: ChangeStep;
      formId: string;
      ready: boolean;
      onUndo: (undo: Undo) => void;
      onPropose: (change: ProposedChange) => void;
      onStay: () => void;
      onCancel: () => void;
    },
) {
  const button = (text: string, onClick: () => void, kind = "") => (
    <button type="button" class={`button ${kind}`} onClick={onClick}>{text}</button>
  );
  switch (step.kind) {
    case "confirm":
    case "working": {
      const busy = step.kind === "working";
      // What was decided on a registry that is out of date cannot succeed; what was entered can.
      const ended = dirty !== true && step.kind === "confirm" &&
        step.error?.code === "registry_changed";
      if (ended) return button("Close", onClose);
      if (
        proposes !== null && step.kind === "confirm" && step.error?.code === "approval_required"
      ) {
        return (
          <>
            {button("Cancel", onCancel)}{" "}
            {button("Propose it instead", () => onPropose(proposes), "button-primary")}
          </>
        );
      }
      return (
        <>
          <button type="button" class="button" disabled={busy} onClick={onCancel}>Cancel</button>
          <button
            type="submit"
            form={formId}
            class={`button ${danger === true ? "button-danger" : "button-primary"}`}
            disabled={busy || !ready}
          >
            {label}
          </button>
        </>
      );
    }
    case "leaving":
      return <UnsavedActions onDiscard={onClose} onStay={onStay} />;
    case "undoing":
      return <button type="button" class="button" disabled>Undoing …</button>;
    case "done": {
      const { undo } = step;
      return (
        <>
          {undo !== null && button("Undo", () => onUndo(undo))} {next}{" "}
          {button("Done", onClose, "button-primary")}
        </>
      );
    }
    case "undone":
    case "failed":
      return button("Close", onClose);
    default:
      return step satisfies never;
  }
}
