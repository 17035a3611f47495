import { useEffect } from "preact/hooks";
import { Notice } from "../components/notice.tsx";
import { holdsUnsaved } from "../state/route.ts";

/** Keeps the view and the page from being left with what was entered. */
export function useUnsaved(unsaved: boolean): void {
  useEffect(() => {
    holdsUnsaved.value = unsaved;
    return () => {
      holdsUnsaved.value = false;
    };
  }, [unsaved]);
}

/** What a dialog says before it is closed with what was entered. */
export function UnsavedNotice() {
  return <Notice tone="warn" title="What you entered is not saved." />;
}

/** Closing the dialog all the same, or not. */
export function UnsavedActions(
  { onDiscard, onStay }: { onDiscard: () => void; onStay: () => void },
) {
  return (
    <>
      <button type="button" class="button button-danger" onClick={onDiscard}>Discard it</button>
      {" "}
      <button type="button" class="button" onClick={onStay}>Go on editing</button>
    </>
  );
}
