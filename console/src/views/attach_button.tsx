import { useRef } from "preact/hooks";
import { acceptedFiles } from "../chat/attachment.ts";

/** Opens the choice of files. */
export function AttachButton({ onChoose }: { onChoose: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={acceptedFiles}
        onChange={({ currentTarget }) => {
          onChoose([...currentTarget.files ?? []]);
          // So that the same file can be chosen again after it was removed.
          currentTarget.value = "";
        }}
      />
      <button type="button" class="button" onClick={() => input.current?.click()}>
        Attach files
      </button>
    </>
  );
}
