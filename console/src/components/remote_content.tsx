import type { ComponentChildren } from "preact";
import type { Remote } from "../state/remote.ts";
import { ErrorNotice } from "./error_notice.tsx";
import { Loading } from "./loading.tsx";

/** Shows something that is loaded, or that it is on its way, or why it is not there. */
export function RemoteContent<T>(
  { remote, what, onRetry, children }: {
    remote: Remote<T>;
    what: string;
    onRetry: () => void;
    children: (data: T) => ComponentChildren;
  },
) {
  switch (remote.state) {
    case "loading":
      return <Loading what={what} />;
    case "failed":
      return <ErrorNotice error={remote.error} onRetry={onRetry} />;
    case "ready":
      return (
        <div class="refreshable" aria-busy={remote.refreshing}>
          {remote.failure !== undefined && <ErrorNotice error={remote.failure} onRetry={onRetry} />}
          {children(remote.data)}
        </div>
      );
    default:
      return remote satisfies never;
  }
}
