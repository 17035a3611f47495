/** An app that asks with `examples/ask.ts`, for every runtime: it uses nothing that only one has. */
import { createClient, FunctionRegion } from "@supabase/supabase-js";
import { ask, ChatError } from "../../examples/ask.ts";

/** What the app saw of its answers. */
export interface Seen {
  /** The kinds of events of an answer, and whether its text is that of `done`. */
  readonly answered: { readonly events: readonly string[]; readonly whole: boolean };
  /** The code of a request that is refused. */
  readonly refused: string;
  /** The code of an answer that breaks off, and whether text came before. */
  readonly broken: { readonly code: string; readonly begun: boolean };
  /** The name of the error after an abort in the middle of an answer. */
  readonly aborted: string;
}

/** Asks the models of the last two answers by their ids. */
export async function runAskingApp(
  url: string,
  publishableKey: string,
  breaking: string,
  slow: string,
): Promise<Seen> {
  const supabase = createClient(url, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    // Node 20 has none, and asking needs none.
    realtime: { transport: globalThis.WebSocket ?? (class {} as unknown as typeof WebSocket) },
  });
  const { error } = await supabase.auth.signInWithPassword({
    email: "clinician@example.com",
    password: "switchboard",
  });
  if (error) throw error;
  const region = FunctionRegion.EuCentral1;

  const events: string[] = [];
  let [text, content] = ["", ""];
  for await (const { event, data } of ask(supabase, { message: "Grüße 世界 👋🏽" }, { region })) {
    if (events.at(-1) !== event) events.push(event);
    if (event === "text-delta") text += data.text;
    if (event === "done") content = data.message.content;
  }

  const codeOf = (error: unknown) => error instanceof ChatError ? error.body.code : String(error);
  let refused = "none";
  try {
    for await (const _ of ask(supabase, { message: " " }));
  } catch (error) {
    refused = codeOf(error);
  }

  const broken = { code: "none", begun: false };
  try {
    for await (const { event } of ask(supabase, { message: "Tell a story", model_id: breaking })) {
      if (event === "text-delta") broken.begun = true;
    }
  } catch (error) {
    broken.code = codeOf(error);
  }

  const stop = new AbortController();
  let aborted = "none";
  try {
    const request = { message: "And on", model_id: slow, on_disconnect: "stop" } as const;
    for await (const { event } of ask(supabase, request, { signal: stop.signal })) {
      if (event === "text-delta") stop.abort();
    }
  } catch (error) {
    aborted = error instanceof Error ? error.name : String(error);
  }
  return { answered: { events, whole: text !== "" && text === content }, refused, broken, aborted };
}
