import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { holdsUnsaved } from "../state/route.ts";

/**
 * A modal dialog. Focus goes into it, to its heading with each step, and back to where it was
 * when it closes. While something is on its way, it stays.
 */
export function Dialog(
  { title, step, busy, onClose, children, actions }: {
    title: string;
    /** Names what the dialog shows at the moment. */
    step: string;
    busy: boolean;
    onClose: () => void;
    children: ComponentChildren;
    actions: ComponentChildren;
  },
) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();

  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      returnFocus(opener);
    };
  }, []);
  useEffect(() => heading.current?.focus(), [step]);

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titleId}
      aria-busy={busy}
      onCancel={(event) => {
        // Closing follows from the state; the browser must not do it on its own.
        event.preventDefault();
        if (!busy) onClose();
      }}
      onClose={() => {
        // Out of the page, it was closed from here.
        if (dialog.current === null) return;
        // Chromium closes it all the same when Escape is pressed again and again.
        if (busy || holdsUnsaved.peek()) dialog.current.showModal();
        if (!busy) onClose();
      }}
    >
      <h2 id={titleId} ref={heading} tabIndex={-1}>{title}</h2>
      <div class="dialog-body">{children}</div>
      <div class="dialog-actions">{actions}</div>
    </dialog>
  );
}

/** To what opened the dialog; where that is gone, to the top of the view. */
function returnFocus(opener: Element | null): void {
  // After the dialog is out of the page, and what its result changed is on it.
  setTimeout(() => {
    if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) {
      opener.focus();
      keepFocus(opener);
    } else {
      focusTop();
    }
  });
}

/** The result may take the opener away only later; focus must not be lost with it. */
function keepFocus(focused: HTMLElement): void {
  const observer = new MutationObserver(() => {
    if (focused.isConnected) return;
    observer.disconnect();
    if (document.activeElement === document.body) focusTop();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  // Chromium fires it while a focused element is being removed, before it is out of the page.
  const leave = () =>
    setTimeout(() => {
      if (!focused.isConnected) return;
      observer.disconnect();
      focused.removeEventListener("blur", leave);
    });
  focused.addEventListener("blur", leave);
}

function focusTop(): void {
  document.querySelector<HTMLElement>("main h1")?.focus();
}
