import { expect } from "@std/expect";
import type { SupabaseClient } from "@supabase/supabase-js";
import { Session } from "../../../console/src/state/session.ts";

interface StoredSession {
  readonly session:
    | { readonly access_token: string; readonly user: { readonly id: string } }
    | null;
  readonly error: { readonly message: string; readonly status: number | undefined } | null;
}

const signedIn: StoredSession = {
  session: { access_token: "token", user: { id: "me" } },
  error: null,
};
const gone: StoredSession = { session: null, error: null };
const refused: StoredSession = { session: null, error: { message: "Ended.", status: 400 } };
const unreachable = [undefined, 0, 503].map((status): StoredSession => ({
  session: null,
  error: { message: "No answer.", status },
}));

/** A session whose Auth knows what it is told to know; the user is a platform admin. */
function sessionWith(first: StoredSession) {
  let stored = first;
  let role = "platform";
  let failure: { code: string; message: string; hint: string } | null = null;
  let notify = (_event: string) => {};
  const supabase = {
    auth: {
      onAuthStateChange: (callback: typeof notify) => notify = callback,
      getSession: () => Promise.resolve({ data: { session: stored.session }, error: stored.error }),
    },
    from: () => ({
      select: () => ({
        eq: () => ({
          maybeSingle: () => Promise.resolve({ data: { assistant_type: role }, error: failure }),
        }),
      }),
    }),
  };
  const session = new Session(supabase as unknown as SupabaseClient);
  return {
    session,
    store: (next: StoredSession) => stored = next,
    giveRole: (next: string) => role = next,
    beAway: () => failure = { code: "", message: "fetch failed", hint: "" },
    /** Until the session has heard of it. */
    tell: async (event: string) => {
      notify(event);
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

Deno.test("Session takes no unreachable Auth for the end of a session", async () => {
  for (const failure of unreachable) {
    const { session, store } = sessionWith(signedIn);
    await session.resume();
    store(failure);
    await expect(session.token()).rejects.toMatchObject({ code: "network" });
    expect(session.state.value.kind).toBe("admin");
    await session.resume();
    expect(session.state.value).toMatchObject({ kind: "failed", error: { code: "network" } });
    store(signedIn);
    await session.resume();
    expect(await session.token()).toBe("token");
    expect(session.state.value.kind).toBe("admin");
  }
});

Deno.test("Session ends where Auth refuses to go on with it", async () => {
  const { session, store } = sessionWith(signedIn);
  await session.resume();
  store(refused);
  expect(await session.token()).toBeNull();
  await session.resume();
  expect(session.state.value).toEqual({ kind: "signed-out", message: null });
});

Deno.test("Session goes on when another tab signs out, and ends when this one's is gone", async () => {
  const { session, store, tell } = sessionWith(signedIn);
  await session.resume();
  await tell("SIGNED_OUT");
  expect(session.state.value.kind).toBe("admin");
  store(unreachable[0]!);
  await tell("SIGNED_OUT");
  expect(session.state.value.kind).toBe("admin");
  store(gone);
  await tell("SIGNED_OUT");
  expect(session.state.value).toMatchObject({
    kind: "expired",
    userId: "me",
    message: expect.stringMatching(
      /^Your session has ended: it has expired, or was ended elsewhere/,
    ),
  });
  store(signedIn);
  await session.resume(true);
  expect(session.state.value.kind).toBe("admin");
});

Deno.test("Session keeps who is let in while the project cannot be asked", async () => {
  const { session, beAway } = sessionWith(signedIn);
  await session.resume();
  beAway();
  await session.recheck();
  expect(session.state.value.kind).toBe("admin");
});

Deno.test("Session refuses who is no platform admin any more", async () => {
  const { session, giveRole } = sessionWith(signedIn);
  await session.resume();
  await session.recheck();
  expect(session.state.value.kind).toBe("admin");
  giveRole("health");
  await session.recheck();
  expect(session.state.value.kind).toBe("refused");
});
