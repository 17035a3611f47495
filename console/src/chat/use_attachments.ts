import { type ReadonlySignal, useSignal } from "@preact/signals";
import { formatBytes } from "../format/numbers.ts";
import { type Attachment, maxAttachedBytes, readAttachment } from "./attachment.ts";

/** The files of the question that is being written. */
export interface Attachments {
  readonly files: ReadonlySignal<readonly Attachment[]>;
  /** Why the files that were last added are not all there; null where they are. */
  readonly problem: ReadonlySignal<string | null>;
  readonly add: (files: Iterable<File>) => Promise<void>;
  readonly remove: (id: string) => void;
  readonly clear: () => void;
}

export function useAttachments(): Attachments {
  const files = useSignal<readonly Attachment[]>([]);
  const problem = useSignal<string | null>(null);
  const addOne = (file: Attachment) => {
    const total = [...files.peek(), file].reduce((sum, { size }) => sum + size, 0);
    if (total > maxAttachedBytes) {
      throw new RangeError(
        `With ${file.name} the files would have ${formatBytes(total)}; a question may have ` +
          `${formatBytes(maxAttachedBytes)} of them.`,
      );
    }
    files.value = [...files.peek(), file];
  };
  return {
    files,
    problem,
    add: async (added) => {
      problem.value = null;
      const problems: string[] = [];
      for (const file of added) {
        try {
          addOne(await readAttachment(file));
        } catch (error) {
          problems.push((error as Error).message);
        }
      }
      if (problems.length > 0) problem.value = problems.join(" ");
    },
    remove: (id) => {
      problem.value = null;
      files.value = files.peek().filter((file) => file.id !== id);
    },
    clear: () => {
      problem.value = null;
      files.value = [];
    },
  };
}
