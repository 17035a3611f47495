import { expect } from "@std/expect";
import { signDelivery } from "../../../../../supabase/functions/_shared/alerts/sign_delivery.ts";
import { fencedBlocks } from "../../../../support/markdown.ts";
import { readSource } from "../../../../support/source_files.ts";

Deno.test("signDelivery() signs what the documentation's function accepts, and nothing else", async () => {
  const code = fencedBlocks(readSource("docs/operate.md")).find(({ language }) =>
    language === "js"
  );
  const { isSigned } = await import(`data:text/javascript,${encodeURIComponent(code!.text)}`);
  const body = JSON.stringify({ text: "Alert: 50% – Ä" });
  const now = Date.now();
  const signature = await signDelivery(body, "key", now);
  expect(isSigned(body, signature, "key")).toBe(true);
  expect(isSigned(`${body} `, signature, "key")).toBe(false);
  expect(isSigned(body, signature, "another key")).toBe(false);
  expect(isSigned(body, signature.slice(0, -1), "key")).toBe(false);
  expect(isSigned(body, signature.replace(/^t=\d+/, `t=${Math.floor(now / 1000) + 1}`), "key"))
    .toBe(false);
  // Whatever a caller sends that knows no key.
  const time = Math.floor(now / 1000);
  for (
    const header of [
      undefined,
      null,
      "",
      "v1",
      `t=${time}`,
      `t=${time},v1=`,
      `t=${time},v1=${"g".repeat(64)}`,
      `t=${time},v1=${"Ä".repeat(64)}`,
      `v1=${"0".repeat(64)}`,
      `t=x,v1=${"0".repeat(64)}`,
      `t=${time},v1=${"0".repeat(64)}`,
    ]
  ) {
    expect([header, isSigned(body, header, "key")]).toEqual([header, false]);
  }
  // Sent again later.
  expect(isSigned(body, await signDelivery(body, "key", now - 301_000), "key")).toBe(false);
});
