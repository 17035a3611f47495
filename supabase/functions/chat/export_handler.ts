import type { Caller } from "../_shared/http/authenticate.ts";
import { respondJsonLines } from "../_shared/http/json_lines.ts";
import type { Handler } from "../_shared/http/serve.ts";
import type { ObjectStore } from "../_shared/media/object_store.ts";
import { exportContentType, type ExportPage } from "../_shared/people/export_line.ts";
import { exportLines } from "../_shared/people/export_lines.ts";
import type { Log } from "../_shared/runtime/log.ts";
import type { RegionGuard } from "../_shared/registry/function_region.ts";
import { requireUser } from "./require_user.ts";

export interface ExportDependencies {
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** Refuses a region in which no words of users may be processed, by the registry as it is now. */
  readonly requireRegionNow: RegionGuard;
  /** Reads a page of what is stored of a user. */
  readonly readExportPage: (userId: string, after: string | null) => Promise<ExportPage>;
  readonly objects: Pick<ObjectStore, "read">;
  readonly log: Log;
}

/** Gives signed-in users what is stored of them, as lines of JSON. */
export function createExportHandler(
  { authenticate, requireRegionNow, readExportPage, objects, log }: ExportDependencies,
): Handler {
  return async (request, { requestId }) => {
    const { userId } = requireUser(await authenticate(request));
    await requireRegionNow();
    const readPage = (after: string | null) => readExportPage(userId, after);
    return await respondJsonLines(
      exportLines({ userId, readPage, objects }),
      { contentType: exportContentType, requestId, log },
    );
  };
}
