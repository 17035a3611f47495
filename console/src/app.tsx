import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "./api/api_error.ts";
import { useServices } from "./services.ts";
import type { SessionState } from "./state/session.ts";
import { returns, useRetry } from "./state/use_retry.ts";
import { Loading } from "./components/loading.tsx";
import { ErrorNotice } from "./components/error_notice.tsx";
import { Refused } from "./views/refused.tsx";
import { Shell } from "./views/shell.tsx";
import { SignIn, SignInAgain } from "./views/sign_in.tsx";

/** The console, or what stands before it. */
export function App() {
  const { session } = useServices();
  const state = session.state.value;
  switch (state.kind) {
    case "checking":
      return (
        <main class="entrance">
          <Loading what="your session" />
        </main>
      );
    case "signed-out":
      return <SignIn message={state.message} />;
    case "refused":
      return <Refused email={state.email} />;
    case "failed":
      return <Unreachable error={state.error} />;
    case "admin":
    case "expired":
      return <Signed state={state} />;
    default:
      return state satisfies never;
  }
}

/** The page of a platform admin. While the session is over, it waits unseen behind the sign-in. */
function Signed({ state }: { state: Extract<SessionState, { kind: "admin" | "expired" }> }) {
  const isOver = state.kind === "expired";
  const wasOver = useRef(false);
  useEffect(() => {
    if (wasOver.current && !isOver) {
      returns.value += 1;
      focusPage();
    }
    wasOver.current = isOver;
  }, [isOver]);
  return (
    <>
      <div hidden={isOver}>
        {/* Another user finds nothing of the former one's. */}
        <Shell key={state.userId} email={state.email} />
      </div>
      {isOver && <SignInAgain email={state.email} message={state.message} />}
    </>
  );
}

/** In the dialog that was open when the session ended, or in the view. */
function focusPage(): void {
  const dialog = document.querySelector<HTMLElement>("dialog[open] h2");
  (dialog ?? document.querySelector<HTMLElement>("main h1"))?.focus();
}

/** The session is there, and the project is not. */
function Unreachable({ error }: { error: ApiError }) {
  const { session } = useServices();
  useRetry(error, () => session.resume(true));
  return (
    <main class="entrance">
      <h1>Bedrock Switchboard</h1>
      <ErrorNotice error={error} onRetry={() => session.resume()} />
      <button type="button" class="button" onClick={() => session.signOut()}>Sign out</button>
    </main>
  );
}
