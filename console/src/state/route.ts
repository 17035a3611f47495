import { signal } from "@preact/signals";

/** The views, by their place in the address: `#/models`. */
export const routes = [
  "models",
  "assistants",
  "audit",
  "usage",
  "cost",
  "performance",
  "chat",
] as const;
export type Route = typeof routes[number];

/** The view of an address; the first one for an unknown address. */
export function parseRoute(hash: string): Route {
  const name = hash.replace(/^#\/?/, "").split("?")[0];
  return routes.find((route) => route === name) ?? "models";
}

export const route = signal<Route>("models");

/** Follows the address. */
export function startRouting(): void {
  const follow = () => route.value = parseRoute(location.hash);
  addEventListener("hashchange", follow);
  follow();
}
