import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type ApiError, toApiError } from "../api/api_error.ts";
import { ErrorNotice } from "../components/error_notice.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";

/**
 * Puts the cursor into a field as soon as it is on the page. Not by `autofocus`: the browser acts on
 * that only with the next frame, when the user or a password manager may be in a field already.
 */
function focusAtOnce(field: HTMLInputElement | null): void {
  field?.focus();
}

/** Signing in with e-mail and password. */
export function SignIn({ message }: { message: string | null }) {
  return (
    <main class="entrance">
      <SignInForm message={message} />
    </main>
  );
}

/**
 * Signing in after the session has ended by itself. A dialog, since one may be open on the page that
 * waits behind it: only what comes above that one can be reached.
 */
export function SignInAgain({ email, message }: { email: string; message: string }) {
  const { session } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLInputElement>("input[type=password]")?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="entrance-dialog"
      aria-label="Sign in again"
      onCancel={(event) => event.preventDefault()}
      // Chromium closes it all the same when Escape is pressed again and again.
      onClose={() => dialog.current?.showModal()}
    >
      <main class="entrance">
        <SignInForm message={message} email={email} />
        <button type="button" class="button" onClick={() => session.signOut()}>
          Leave the page
        </button>
      </main>
    </dialog>
  );
}

function SignInForm({ message, email }: { message: string | null; email?: string }) {
  const { session, config } = useServices();
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);

  const submit = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    busy.value = true;
    error.value = null;
    try {
      await session.signIn(
        String(form.get("email")),
        String(form.get("password")),
      );
    } catch (failure) {
      error.value = toApiError(failure);
    } finally {
      busy.value = false;
    }
  };

  return (
    <>
      <h1>Bedrock Switchboard</h1>
      <p class="muted">
        Operators' console of <span class="nowrap">{new URL(config.supabaseUrl).host}</span>
      </p>
      {message !== null && (
        <div role="alert">
          <Notice tone="warn">
            <p>{message}</p>
          </Notice>
        </div>
      )}
      <form class="entrance-form" onSubmit={submit} aria-busy={busy.value}>
        <label>
          E-mail
          <input
            type="email"
            name="email"
            autocomplete="username"
            required
            defaultValue={email}
            ref={focusAtOnce}
          />
        </label>
        <label>
          Password
          <input
            type="password"
            name="password"
            autocomplete="current-password"
            required
          />
        </label>
        {error.value !== null && <ErrorNotice error={error.value} />}
        <button
          type="submit"
          class="button button-primary"
          disabled={busy.value}
        >
          {busy.value ? "Signing in …" : "Sign in"}
        </button>
      </form>
    </>
  );
}
