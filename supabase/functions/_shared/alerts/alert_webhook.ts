/** Where alerts are sent; `problem`: why not, in words without the settings' values. */
export type AlertWebhook =
  | { readonly kind: "none" }
  | { readonly kind: "unusable"; readonly problem: string }
  | {
    readonly kind: "usable";
    readonly url: string;
    /** The key of the signatures; null: they are not signed. */
    readonly secret: string | null;
  };

/**
 * Reads where alerts are sent from the environment. Settings that cannot be used are told by each
 * tick, and stop no function.
 *
 * @param readEnv Reads one variable.
 * @param supabaseUrl The project's: `http://` is for a webhook on the machine of a local one.
 */
export function readAlertWebhook(
  readEnv: (name: string) => string | undefined,
  supabaseUrl: string,
): AlertWebhook {
  const text = readEnv("SWITCHBOARD_ALERT_WEBHOOK_URL")?.trim() ?? "";
  if (text === "") return { kind: "none" };
  const url = URL.canParse(text) ? new URL(text) : null;
  const problem = url === null ? "is not a URL" : problemOf(url, supabaseUrl);
  if (url === null || problem !== null) {
    return { kind: "unusable", problem: `SWITCHBOARD_ALERT_WEBHOOK_URL ${problem}.` };
  }
  const secret = readEnv("SWITCHBOARD_ALERT_WEBHOOK_SECRET")?.trim() ?? "";
  return { kind: "usable", url: url.href, secret: secret === "" ? null : secret };
}

function problemOf(url: URL, supabaseUrl: string): string | null {
  // `fetch` refuses such a URL, and says it in its error.
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.protocol === "https:") return null;
  const isLocal = url.protocol === "http:" && !supabaseUrl.startsWith("https:") &&
    ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return isLocal ? null : "must begin with https://";
}
