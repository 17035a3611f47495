import { expect } from "@std/expect";
import { AppError, errorCodes } from "../../../../../supabase/functions/_shared/core/app_error.ts";
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
