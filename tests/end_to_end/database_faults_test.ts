/** An answer that was produced is stored, whatever stands between `chat` and the database says once. */
import { expect } from "@std/expect";
import { withChatProcess } from "../support/chat_process.ts";
import { withFreshProject } from "../support/fresh_project.ts";
import { chat } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();

/** What is answered in place of the database, once. */
interface DatabaseFault {
  readonly status: number;
  /** PostgREST's or Postgres's; none: the page of a proxy. */
  readonly code?: string;
  /** The page. */
  readonly page?: string;
}

/** Passes everything on to the API, but for the next call of `complete_chat_turn()`. */
async function withFaultyApi(
  test: (url: string, arm: (fault: DatabaseFault) => void) => Promise<void>,
) {
  let armed: DatabaseFault | null = null;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    const fault = armed;
    if (fault !== null && pathname.endsWith("/complete_chat_turn")) {
      armed = null;
      return fault.code === undefined
        ? new Response(fault.page ?? "<html>", { status: fault.status })
        : Response.json({ code: fault.code, message: "no", details: null, hint: null }, {
          status: fault.status,
        });
    }
    return fetch(new Request(stack.apiUrl + pathname + search, request));
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}`, (fault) => armed = fault);
  } finally {
    await server.shutdown();
  }
}

/** Asks again with the same id until the turn that runs has ended. */
async function askUntilStored(ask: () => ReturnType<typeof chat>) {
  for (let n = 0; n < 200; n++) {
    const answer = await ask();
    if (answer.status !== 409) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("waited for the answer in vain");
}

Deno.test("chat keeps an answer whatever is said once in the database's place, and pays it once", () =>
  withFreshProject(
    stack,
    (project) =>
      withFaultyApi((api, arm) =>
        withChatProcess(stack, async (url) => {
          const token = await project.token("patient");
          const faults: DatabaseFault[] = [
            { status: 200 },
            { status: 200, page: "" },
            { status: 200, page: "{}" },
            { status: 503 },
            { status: 429 },
            { status: 404 },
            { status: 401, code: "PGRST303" },
            { status: 403, code: "42501" },
            { status: 404, code: "PGRST202" },
            { status: 405, code: "25006" },
            { status: 500, code: "40001" },
            { status: 500, code: "40P01" },
          ];
          for (const fault of faults) {
            const turn = { message: "Keep it", request_id: crypto.randomUUID() };
            const ask = () => chat(project, token, turn, url);
            arm(fault);
            const told = await ask();
            expect([fault, told.status, told.body.persisted]).toEqual([fault, 200, false]);
            const again = await askUntilStored(ask);
            expect([fault, again.status, again.body.message]).toEqual([fault, 200, {
              ...told.body.message,
              created_at: expect.any(String),
            }]);
          }
          expect((await project.bedrock.requests()).length).toBe(faults.length);
          const rows = await project.sql`select status, count(*)::int from ai_usage group by 1`;
          expect([...rows]).toEqual([{ status: "complete", count: faults.length }]);
        }, { SUPABASE_URL: api })
      ),
  ));
