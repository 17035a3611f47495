/**
 * Whether a key is one that must never be published: a secret key, or the legacy `service_role`.
 */
export function isSecretKey(key: string): boolean {
  return key.startsWith("sb_secret_") || roleOf(key) === "service_role";
}

/** The role that a legacy key, a JWT, stands for. */
function roleOf(key: string): unknown {
  const payload = key.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).role;
  } catch {
    return undefined;
  }
}
