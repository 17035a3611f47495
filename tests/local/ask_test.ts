import { expect } from "@std/expect";
import { parseQuestion } from "../../local/ask.ts";
import { ClientError, UsageError } from "../../local/client/client_error.ts";
import { freePort } from "../../local/ports.ts";
import { asked, runAskTask } from "../support/asked.ts";
import { LocalServer } from "../support/local_server.ts";

Deno.test("parseQuestion() reads the command line, the options anywhere", () => {
  expect(parseQuestion(["--as", "admin", "What", "--continue", "now?"])).toEqual({
    persona: "admin",
    message: "What now?",
    files: [],
    effort: undefined,
    thinking: false,
    tools: undefined,
    schema: undefined,
    continued: true,
    modelId: undefined,
    useCase: undefined,
    chatName: "chat",
    json: false,
  });
  expect(parseQuestion(["--model", "m", "--use-case=u", "--json", "--as=patient", "--", "--x"]))
    .toMatchObject({ message: "--x", continued: false, modelId: "m", useCase: "u", json: true });
  expect(parseQuestion(["--help"])).toBeNull();
});

Deno.test("parseQuestion() reads files in their order, and needs no words beside them", () => {
  const args = ["--as", "patient", "--image", "a.png", "--document", "b.pdf", "--image=c.jpg"];
  expect(parseQuestion([...args, "--effort", "high", "--thinking", "--schema", "s.json"]))
    .toMatchObject({
      message: "",
      files: [
        { kind: "image", path: "a.png" },
        { kind: "image", path: "c.jpg" },
        { kind: "document", path: "b.pdf" },
      ],
      effort: "high",
      thinking: true,
      schema: "s.json",
    });
});

Deno.test("parseQuestion() refuses what it does not understand", () => {
  const cases: [string[], string][] = [
    [["hello"], "--as is missing: one of patient, clinician, facility, admin."],
    [["--as", "doctor", "hello"], 'There is no "doctor" to ask as'],
    [["--as", "toString", "hello"], 'There is no "toString" to ask as'],
    [["--as", "patient"], "The question is missing."],
    [["--as", "patient", "  "], "The question is missing."],
    [["--as", "patient", "--loud", "hello"], "--loud"],
    [["--as"], "--as"],
    [["--as", "patient", "--image"], "--image"],
    [["--as", "patient", "--effort", "much", "hello"], 'There is no effort "much": one of none,'],
  ];
  for (const [args, message] of cases) {
    expect(() => parseQuestion(args)).toThrow(UsageError);
    expect(() => parseQuestion(args)).toThrow(message);
  }
});

Deno.test("ask() says in words that nothing answers, or something else does", async () => {
  const nowhere = `http://127.0.0.1:${freePort()}`;
  await expect(asked(nowhere, "--as", "patient", "Hello")).rejects.toThrow(
    `The embedded stack is not answering at ${nowhere}; start it with: deno task dev`,
  );
  await expect(asked("ftp://x", "--as", "patient", "Hello")).rejects.toThrow("must be an http");
  await using stranger = new LocalServer(() => new Response("not a project", { status: 404 }));
  await expect(asked(stranger.url, "--as", "patient", "Hello")).rejects.toThrow(ClientError);
});

Deno.test("ask() says what is wrong when sign-in works and chat does not", async () => {
  const chatAnswers: [() => Response, string][] = [
    [() => Response.json({ hello: 1 }), "not from this project's chat function"],
    [() => new Response("<html>"), "not from this project's chat function"],
    [() => new Response("oops", { status: 500 }), "chat answered with HTTP 500"],
  ];
  for (const [chatAnswer, message] of chatAnswers) {
    await using project = new LocalServer((request) =>
      new URL(request.url).pathname === "/auth/v1/token"
        ? Response.json({
          access_token: "a.b.c",
          token_type: "bearer",
          expires_in: 3600,
          refresh_token: "r",
          user: { id: "u" },
        })
        : chatAnswer()
    );
    await expect(asked(project.url, "--as", "patient", "Hello")).rejects.toThrow(message);
  }
});

Deno.test("deno task ask runs with the permissions of its task, and ends as it should", async () => {
  const usage = await runAskTask(freePort(), "--help");
  expect(usage).toMatchObject({ code: 0, stderr: "" });
  expect(usage.stdout).toContain("--as patient|clinician|facility|admin");
  for (const option of ["--image FILE", "--document FILE", "--effort LEVEL", "--schema FILE"]) {
    expect(usage.stdout).toContain(option);
  }

  expect(await runAskTask(freePort(), "Hello")).toMatchObject({ code: 2, stdout: "" });

  const unread = await runAskTask(freePort(), "--as=admin", "--image", "no-such.png");
  expect(unread).toMatchObject({ code: 1, stdout: "" });
  expect(unread.stderr).toContain("--image no-such.png: the file cannot be read");

  const nowhere = await runAskTask(freePort(), "--as=admin", "Hi");
  expect(nowhere).toMatchObject({ code: 1, stdout: "" });
  expect(nowhere.stderr).toMatch(/^The embedded stack is not answering at .*\n$/);
});
