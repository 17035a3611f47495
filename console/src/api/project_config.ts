import { isSecretKey } from "./secret_key.ts";

/** Which project the console is for; what the file config.json beside the page says. */
export interface ProjectConfig {
  /** Without a slash at its end. */
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  /** What the function `chat` is called there, if it has another name. */
  readonly chatName?: string;
  /** The AWS region that the functions are to run in; default: near the browser. */
  readonly functionRegion?: string;
}

/** @throws {Error} saying what is wrong with the file */
export function parseProjectConfig(value: unknown): ProjectConfig {
  const {
    supabase_url: url,
    publishable_key: key,
    chat_name: chatName,
    function_region: functionRegion,
  } = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  if (
    typeof url !== "string" || !/^https?:\/\//.test(url) || !URL.canParse(url)
  ) {
    throw new Error("config.json must hold the project's URL as supabase_url.");
  }
  if (typeof key !== "string" || key === "" || key.endsWith("…")) {
    throw new Error(
      "config.json must hold the project's publishable key as publishable_key.",
    );
  }
  if (isSecretKey(key)) {
    throw new Error(
      "config.json holds a secret key, which everyone can read here. Replace it by the " +
        "publishable key, and make the secret one invalid.",
    );
  }
  if (chatName !== undefined && !(typeof chatName === "string" && /^[\w-]+$/.test(chatName))) {
    throw new Error(
      "config.json must hold the name of the function chat as chat_name, or nothing.",
    );
  }
  if (
    functionRegion !== undefined &&
    !(typeof functionRegion === "string" && /^[a-z0-9-]+$/.test(functionRegion))
  ) {
    throw new Error(
      "config.json must hold a region of AWS, such as eu-central-1, as function_region, or nothing.",
    );
  }
  return {
    supabaseUrl: url.replace(/\/+$/, ""),
    publishableKey: key,
    ...(chatName !== undefined && { chatName }),
    ...(functionRegion !== undefined && { functionRegion }),
  };
}
