import { expect } from "@std/expect";
import {
  AppError,
  type ErrorCode,
  errorCodes,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { describeCauses } from "../../../../../supabase/functions/_shared/runtime/log.ts";
import { operatorsWords } from "../../../../support/operators_words.ts";

Deno.test("shownTo() tells users of no code what only operators understand", () => {
  for (const code of errorCodes) {
    const { message, hint } = new AppError(code).shownTo("user");
    expect({ code, told: `${message} ${hint ?? ""}` })
      .toEqual({ code, told: expect.not.stringMatching(operatorsWords) });
  }
});

Deno.test("shownTo() keeps an operators' message and hint from users, and tells operators both", () => {
  for (const code of errorCodes) {
    const error = new AppError(code, "The message.", { hint: "The hint." });
    expect(error.shownTo("operator")).toEqual({ message: "The message.", hint: "The hint." });
    const told = error.shownTo("user");
    if (error.audience === "user") expect(told).toEqual(error.shownTo("operator"));
    else expect(JSON.stringify(told)).not.toMatch(/The (message|hint)\./);
  }
});

Deno.test("AppError keeps the other side's words out of log, message and hint", () => {
  for (const code of errorCodes) {
    const error = new AppError(code, undefined, {
      upstreamText: "words of the patient",
      param: "messages.0",
    });
    expect(error).toMatchObject({ upstreamText: "words of the patient", param: "messages.0" });
    const told = [describeCauses(error), error.logged, String(error)];
    for (const audience of ["user", "operator"] as const) {
      told.push(JSON.stringify(error.shownTo(audience)));
    }
    expect(told.join()).not.toContain("patient");
  }
});

Deno.test("AppError logs other words than its message where it is told to, or its code quotes", () => {
  const logged = (code: ErrorCode, words?: string) =>
    new AppError(code, "The message.", { hint: "The hint.", logged: words }).logged;
  expect(logged("key_scope")).toBe("The message. (The hint.)");
  expect(logged("key_scope", "Other words.")).toBe("Other words.");
  expect(logged("invalid_request")).toBe(new AppError("invalid_request").message);
  expect(logged("invalid_request", "Other words.")).toBe("Other words.");
});
