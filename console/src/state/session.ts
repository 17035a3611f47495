import { type Signal, signal } from "@preact/signals";
import type { SupabaseClient } from "@supabase/supabase-js";
import { ApiError, toApiError } from "../api/api_error.ts";

/** Who is here. */
export type SessionState =
  | { readonly kind: "checking" }
  /** `message` says why, where it was not asked for. */
  | { readonly kind: "signed-out"; readonly message: string | null }
  /** Signed in, but no platform admin. */
  | { readonly kind: "refused"; readonly email: string }
  | { readonly kind: "failed"; readonly error: ApiError }
  /** Was signed in until the session ended by itself; the page stays as it is behind the sign-in. */
  | {
    readonly kind: "expired";
    readonly userId: string;
    readonly email: string;
    readonly message: string;
  }
  | { readonly kind: "admin"; readonly userId: string; readonly email: string };

/** Signs operators in and out, and notices when a session ends by itself. */
export class Session {
  readonly state: Signal<SessionState> = signal({ kind: "checking" });
  readonly #supabase: SupabaseClient;

  constructor(supabase: SupabaseClient) {
    this.#supabase = supabase;
    supabase.auth.onAuthStateChange((event) => {
      // Auth calls back while it holds its lock, so nothing may be asked of it before it is done.
      if (event === "SIGNED_OUT") setTimeout(() => this.#endIfGone());
    });
  }

  /**
   * Goes on with the session of this tab, if there is one.
   *
   * @param quietly What is shown stays until it is known.
   */
  async resume(quietly = false): Promise<void> {
    if (!quietly) this.state.value = { kind: "checking" };
    const { data, error } = await this.#supabase.auth.getSession();
    if (error !== null && isUnreachable(error)) {
      this.state.value = { kind: "failed", error: toApiError(new TypeError()) };
      return;
    }
    if (error !== null || data.session === null) return this.#end(null);
    await this.#admit(data.session.user);
  }

  /** @throws {ApiError} if Auth refuses */
  async signIn(email: string, password: string): Promise<void> {
    const { data, error } = await this.#supabase.auth.signInWithPassword({
      email,
      password,
    });
    if (error !== null) throw signInError(error);
    await this.#admit(data.user);
  }

  async signOut(): Promise<void> {
    this.#end(null);
    await this.#supabase.auth.signOut({ scope: "local" });
  }

  /**
   * The access token, refreshed when it is about to end; null without a session.
   *
   * @throws {ApiError} if Auth cannot be reached for a fresh one: then the session is not over
   */
  async token(): Promise<string | null> {
    const { data, error } = await this.#supabase.auth.getSession();
    if (error !== null && isUnreachable(error)) throw toApiError(new TypeError());
    return data.session?.access_token ?? null;
  }

  /** The project refused what only platform admins may do: asks whether the user still is one. */
  async recheck(): Promise<void> {
    if (this.state.peek().kind !== "admin") return;
    const { data } = await this.#supabase.auth.getSession();
    // Without going through `checking`: who is still an admin keeps the page as it is.
    if (data.session !== null) await this.#admit(data.session.user);
  }

  /** The project refused the token. */
  expire(): void {
    if (this.state.peek().kind !== "admin") return;
    this.#expire("the project no longer accepts it");
    this.#supabase.auth.signOut({ scope: "local" }).catch(() => {});
  }

  /** Auth also tells this tab when another one signs out, whose session is its own. */
  async #endIfGone(): Promise<void> {
    const { data, error } = await this.#supabase.auth.getSession();
    if (data.session !== null || (error !== null && isUnreachable(error))) return;
    const { kind } = this.state.peek();
    if (kind === "admin") this.#expire("it has expired, or was ended elsewhere");
    else if (kind !== "signed-out" && kind !== "expired") {
      this.#end("Your session has ended. Sign in again.");
    }
  }

  #expire(why: string): void {
    const state = this.state.peek();
    if (state.kind !== "admin") return;
    const message = `Your session has ended: ${why}. Sign in again, and go on where you were.`;
    this.state.value = { ...state, kind: "expired", message };
  }

  #end(message: string | null): void {
    this.state.value = { kind: "signed-out", message };
  }

  /** The database decides who is a platform admin; this only decides what is shown. */
  async #admit(
    user: { readonly id: string; readonly email?: string | undefined },
  ): Promise<void> {
    const { data, error } = await this.#supabase.from("ai_user_roles")
      .select("assistant_type").eq("user_id", user.id).maybeSingle();
    const email = user.email ?? user.id;
    if (error !== null) {
      const { code, message, hint } = error;
      const failure = code === ""
        ? toApiError(new TypeError())
        : new ApiError(code, message, { hint });
      const { kind } = this.state.peek();
      if (kind === "expired") throw failure;
      // Who was let in stays while the project cannot be asked.
      if (kind !== "admin") this.state.value = { kind: "failed", error: failure };
      return;
    }
    this.state.value = data?.assistant_type === "platform"
      ? { kind: "admin", userId: user.id, email }
      : { kind: "refused", email };
  }
}

interface AuthFailure {
  readonly message: string;
  readonly status?: number | undefined;
}

/** Whether Auth has not answered, or could not; a refusal has a status below 500. */
function isUnreachable({ status }: AuthFailure): boolean {
  return status === undefined || status === 0 || status >= 500;
}

function signInError(error: AuthFailure) {
  if (error.status === undefined || error.status === 0) {
    return toApiError(new TypeError());
  }
  return new ApiError("sign_in_refused", error.message, {
    status: error.status,
    hint: error.status === 400 ? "Check the e-mail address and the password." : null,
  });
}
