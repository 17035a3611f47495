import { signal } from "@preact/signals";

/** The views, by their place in the address: `#/models`. */
export const routes = [
  "models",
  "catalog",
  "assistants",
  "rollouts",
  "trials",
  "evaluations",
  "roles",
  "keys",
  "limits",
  "people",
  "alerts",
  "proposals",
  "settings",
  "audit",
  "usage",
  "cost",
  "performance",
  "chat",
  "explain",
] as const;
export type Route = typeof routes[number];

/** What a view begins with, such as the filters of the audit log. */
export type RouteParameters = Readonly<Record<string, string>>;

/** The view of an address; the first one for an unknown address. */
export function parseRoute(hash: string): Route {
  const name = hash.replace(/^#\/?/, "").split("?")[0];
  return routes.find((route) => route === name) ?? "models";
}

/** What stands behind the view's name: `#/audit?model_id=…`. */
export function parseParameters(hash: string): RouteParameters {
  return Object.fromEntries(new URLSearchParams(hash.split("?")[1] ?? ""));
}

/** The address of a view. */
export function addressOf(route: Route, parameters: RouteParameters = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${route}${query === "" ? "" : `?${query}`}`;
}

export const route = signal<Route>("models");
export const routeParameters = signal<RouteParameters>({});

/** Whether something would be lost if the view were left. */
export const holdsUnsaved = signal(false);

/** Follows the address, unless something would be lost: then it stays. */
export function startRouting(): void {
  let present = location.hash;
  const follow = () => {
    if (holdsUnsaved.value && location.hash !== present) {
      history.pushState(null, "", present);
      return;
    }
    present = location.hash;
    routeParameters.value = parseParameters(present);
    route.value = parseRoute(present);
  };
  addEventListener("hashchange", follow);
  addEventListener("beforeunload", (event) => {
    if (holdsUnsaved.value) event.preventDefault();
  });
  follow();
}
