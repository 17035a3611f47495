import type { Attachments } from "../chat/use_attachments.ts";
import { Notice } from "../components/notice.tsx";
import { FileList } from "./file_list.tsx";

/** The files of the question that is being written, and why one is not among them. */
export function AttachedFiles(
  { attachments, onRemoved }: { attachments: Attachments; onRemoved: () => void },
) {
  const files = attachments.files.value;
  const problem = attachments.problem.value;
  return (
    <>
      <FileList
        files={files}
        onRemove={({ id }) => {
          attachments.remove(id);
          onRemoved();
        }}
      />
      <p class="visually-hidden" role="status">
        {files.length === 0 ? "" : `Attached: ${files.map(({ name }) => name).join(", ")}`}
      </p>
      {problem !== null && (
        <div role="alert">
          <Notice tone="danger" title="Not attached">
            <p>{problem}</p>
          </Notice>
        </div>
      )}
    </>
  );
}
