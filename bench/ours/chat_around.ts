import { type ChatParts, createChat } from "../../supabase/functions/chat/create_chat.ts";
import { parts } from "./parts.ts";

/** `chat` as it is, around turns and a registry of ours; without objects, media are kept nowhere. */
export function chatAround(
  own: Pick<ChatParts, "turns" | "registry"> & Partial<Pick<ChatParts, "objects">>,
): ReturnType<typeof createChat> {
  return createChat({
    objects: {
      read: () => Promise.resolve(null),
      write: () => Promise.resolve(),
    },
    ...parts,
    ...own,
    isOperator: () => Promise.resolve(false),
    requireRegionNow: () => Promise.resolve(),
    readExportPage: () => Promise.resolve({ lines: [], next: null }),
  });
}
