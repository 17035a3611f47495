/**
 * The signature of a delivery: `t=<unix seconds>,v1=<hex>`, of which `v1` is the HMAC-SHA256 of the
 * time, a point and the body. The time is part of it, so that an old request cannot be sent again.
 *
 * @param now The time of day in milliseconds.
 */
export async function signDelivery(body: string, secret: string, now: number): Promise<string> {
  const time = Math.floor(now / 1000);
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${time}.${body}`));
  const hex = [...new Uint8Array(signed)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `t=${time},v1=${hex.join("")}`;
}
