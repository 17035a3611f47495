import type { Caller, CallerKind } from "../api/report_types.ts";

/** Who a row of usage is by: users by their id only, keys by their name. */
export function describeCaller(caller: Caller | null, by: CallerKind): string {
  if (by === "api_key") {
    return caller?.api_key_name ?? caller?.api_key_id ?? "no API key";
  }
  if (caller?.user_hash === null || caller === null) return "no user: keys and trials";
  return caller.user_id ?? "a deleted user";
}

/** What tells callers apart that are called the same. */
export function callerId(caller: Caller | null, by: CallerKind): string {
  return (by === "api_key" ? caller?.api_key_id : caller?.user_hash) ?? "";
}
