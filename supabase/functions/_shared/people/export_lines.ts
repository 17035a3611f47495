import { encode } from "../media/base64.ts";
import { contentBucket } from "../media/content_bucket.ts";
import type { ObjectStore } from "../media/object_store.ts";
import type { Attachment, ExportLine, ExportPage } from "./export_line.ts";

export interface ExportOptions {
  readonly userId: string;
  /** Reads the lines after a place; null: from the beginning. */
  readonly readPage: (after: string | null) => Promise<ExportPage>;
  readonly objects: Pick<ObjectStore, "read">;
}

/**
 * What is stored of a user, line by line: what the database has, behind each message its images and
 * documents, each once, and at last a line of type `end` with the number of lines before it. One
 * page and one object are in memory at a time.
 *
 * @throws {AppError} what stops it: then no `end` comes
 */
export async function* exportLines(
  { userId, readPage, objects }: ExportOptions,
): AsyncGenerator<ExportLine, void, void> {
  const told = new Set<string>();
  let lines = 0;
  let after: string | null = null;
  do {
    const page: ExportPage = await readPage(after);
    for (const line of page.lines) {
      lines += 1;
      const { type, ...others } = line;
      // The type first, for those who look at the beginning of a line only.
      yield { type, ...others };
      for (const attachment of line.attachments ?? []) {
        // Others are the app's own, and lie where it has put them.
        if (attachment.bucket !== contentBucket || told.has(attachment.path)) continue;
        told.add(attachment.path);
        lines += 1;
        yield await readAttachment(attachment, userId, objects);
      }
    }
    after = page.next;
  } while (after !== null);
  yield { type: "end", lines };
}

/** An attachment with its bytes; one that is not there says so. */
async function readAttachment(
  { type: kind, bucket, ...attachment }: Attachment,
  userId: string,
  objects: Pick<ObjectStore, "read">,
): Promise<ExportLine> {
  const { path } = attachment;
  const object = path.startsWith(`${userId}/`)
    ? await objects.read({ bucket, path }, null, () => {})
    : null;
  return {
    type: "attachment",
    kind,
    ...attachment,
    missing: object === null,
    data: object === null ? null : encode(object.bytes),
  };
}
