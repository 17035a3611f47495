import { expect } from "@std/expect";
import {
  ApiError,
  canSucceedLater,
  parseApiError,
  toApiError,
} from "../../../console/src/api/api_error.ts";

Deno.test("parseApiError() reads the functions' envelope", () => {
  const body = {
    success: false,
    error: { code: "model_not_found", message: "No.", hint: "Look.", request_id: "r" },
  };
  expect(parseApiError(404, JSON.stringify(body))).toMatchObject({
    code: "model_not_found",
    message: "No.",
    hint: "Look.",
    requestId: "r",
    status: 404,
  });
});

Deno.test("parseApiError() reads PostgREST's error, which may have no hint", () => {
  const body = { code: "42501", message: "permission denied", hint: null, details: null };
  expect(parseApiError(403, JSON.stringify(body)))
    .toMatchObject({ code: "42501", message: "permission denied", hint: null, status: 403 });
});

Deno.test("parseApiError() says so when the answer is none of the project's", () => {
  for (const text of ["<html>502</html>", "", "null", "[]", '{"error":"no"}']) {
    const error = parseApiError(502, text);
    expect([error.code, error.message]).toEqual([
      "unreadable",
      "The project answered with status 502.",
    ]);
  }
});

Deno.test("toApiError() tells a network that failed from anything else", () => {
  expect(toApiError(new TypeError("Failed to fetch")).code).toBe("network");
  expect(toApiError(new Error("odd"))).toMatchObject({ code: "unknown", message: "odd" });
  const known = new ApiError("forbidden", "No.");
  expect(toApiError(known)).toBe(known);
});

Deno.test("canSucceedLater() offers another try at a limit only where it says when", () => {
  const text = JSON.stringify({ error: { code: "limit_exceeded", message: "Reached." } });
  const soon = parseApiError(429, text, "23");
  expect([soon.retryAfterSeconds, canSucceedLater(soon)]).toEqual([23, true]);
  for (const retryAfter of [null, "", "Mon, 30 Nov 2026 12:00:00 GMT"]) {
    const later = parseApiError(429, text, retryAfter);
    expect([later.retryAfterSeconds, canSucceedLater(later)]).toEqual([null, false]);
  }
  expect(canSucceedLater(new ApiError("throttled", "Busy.", { status: 429 }))).toBe(true);
});
