import { expect } from "@std/expect";
import { readAlertWebhook } from "../../../../../supabase/functions/_shared/alerts/alert_webhook.ts";

const hosted = "https://abcdefghijklmnopqrst.supabase.co";
const local = "http://127.0.0.1:54321";
const read = (url: string | undefined, secret?: string, project = hosted) =>
  readAlertWebhook((name) => name.endsWith("_URL") ? url : secret, project);

Deno.test("readAlertWebhook() takes https, and http on the machine of a local project", () => {
  const url = "https://hooks.example.com/a/b";
  expect(read(url, " key ")).toEqual({ kind: "usable", url, secret: "key" });
  expect(read(url, "")).toEqual({ kind: "usable", url, secret: null });
  for (const loopback of ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:1/"]) {
    expect(read(loopback, "key", local)).toEqual({ kind: "usable", url: loopback, secret: "key" });
    expect(read(loopback, "key").kind).toBe("unusable");
  }
});

Deno.test("readAlertWebhook() finds no webhook where none is set", () => {
  for (const nothing of [undefined, "", "  "]) expect(read(nothing)).toEqual({ kind: "none" });
});

Deno.test("readAlertWebhook() says what is wrong, and quotes no address", () => {
  const table = [
    ["hooks.example.com/secret", hosted, "is not a URL"],
    ["http://hooks.example.com/secret", local, "must begin with https://"],
    ["http://127.0.0.1.example.com/secret", local, "must begin with https://"],
    ["ftp://127.0.0.1/secret", local, "must begin with https://"],
    ["https://me:secret@hooks.example.com/", hosted, "must not hold a user name or password"],
  ] as const;
  for (const [url, project, problem] of table) {
    expect(read(url, "key", project)).toEqual({
      kind: "unusable",
      problem: `SWITCHBOARD_ALERT_WEBHOOK_URL ${problem}.`,
    });
  }
});
