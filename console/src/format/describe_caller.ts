import type { Caller, CallerKind } from "../api/report_types.ts";

/** Who a row of usage is by: users by their id only, keys by their name. */
export function describeCaller(caller: Caller | null, by: CallerKind): string {
  if (by === "api_key") return caller?.api_key_name ?? caller?.api_key_id ?? "no API key";
  // The ledger knows a deleted user by a hash alone.
  if (caller !== null && caller.user_hash !== null) return "a deleted user";
  return caller?.user_id ?? "no user: keys and trials";
}

/** What tells callers apart that are called the same. */
export function callerId(caller: Caller | null, by: CallerKind): string {
  return (by === "api_key" ? caller?.api_key_id : caller?.user_id ?? caller?.user_hash) ?? "";
}
