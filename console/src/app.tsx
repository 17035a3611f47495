import { useServices } from "./services.ts";
import { Loading } from "./components/loading.tsx";
import { ErrorNotice } from "./components/error_notice.tsx";
import { Refused } from "./views/refused.tsx";
import { Shell } from "./views/shell.tsx";
import { SignIn } from "./views/sign_in.tsx";

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
      return (
        <main class="entrance">
          <h1>Bedrock Switchboard</h1>
          <ErrorNotice error={state.error} onRetry={() => session.resume()} />
          <button
            type="button"
            class="button"
            onClick={() => session.signOut()}
          >
            Sign out
          </button>
        </main>
      );
    case "admin":
      return <Shell email={state.email} userId={state.userId} />;
    default:
      return state satisfies never;
  }
}
