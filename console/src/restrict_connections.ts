/**
 * Lets the page connect to its own host and its project only. A policy that is added can but
 * narrow the one of the page, and cannot be taken back.
 */
export function restrictConnections(supabaseUrl: string): void {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = `connect-src 'self' ${new URL(supabaseUrl).origin}`;
  document.head.append(meta);
}
