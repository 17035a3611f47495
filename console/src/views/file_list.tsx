import type { DocumentType, ImageType } from "../../../supabase/functions/_shared/core/content.ts";
import { extensionOf } from "../../../supabase/functions/_shared/media/media_type.ts";
import { isImage } from "../chat/attachment.ts";
import type { ShownMedia } from "../chat/shown_turn.ts";
import { formatBytes } from "../format/numbers.ts";

/** Files of a question: what each is, with a picture where its bytes are here. */
export function FileList<File extends ShownMedia>(
  { files, onRemove }: {
    files: readonly File[];
    /** Absent: they stay. */
    onRemove?: (file: File) => void;
  },
) {
  if (files.length === 0) return null;
  return (
    <ul class="files" aria-label="Files">
      {files.map((file, index) => (
        <li key={index}>
          {file.data !== undefined && isImage(file.mediaType) && (
            <img class="thumbnail" src={`data:${file.mediaType};base64,${file.data}`} alt="" />
          )}
          <span class="file-name">{nameOf(file)}</span>
          <span class="muted">
            {extensionOf(file.mediaType as ImageType | DocumentType).toUpperCase()},{" "}
            {formatBytes(file.size)}
          </span>
          {onRemove !== undefined && (
            <button
              type="button"
              class="button button-quiet"
              aria-label={`Remove ${nameOf(file)}`}
              onClick={() => onRemove(file)}
            >
              Remove
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function nameOf({ name, mediaType }: ShownMedia): string {
  return name ?? (isImage(mediaType) ? "Image" : "Document");
}
