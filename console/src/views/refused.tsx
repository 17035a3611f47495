import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";

/** For who is signed in and may not be here. */
export function Refused({ email }: { email: string }) {
  const { session } = useServices();
  return (
    <main class="entrance">
      <h1>Bedrock Switchboard</h1>
      <div role="alert">
        <Notice tone="warn" title="This console is for platform admins.">
          <p>
            You are signed in as{" "}
            <strong>{email}</strong>, who is none, so there is nothing here for you. A platform
            admin can change that in <code>ai_user_roles</code>.
          </p>
        </Notice>
      </div>
      <button type="button" class="button" onClick={() => session.signOut()}>
        Sign out
      </button>
    </main>
  );
}
