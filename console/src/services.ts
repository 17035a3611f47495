import { type Signal, signal } from "@preact/signals";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { FunctionsClient } from "./api/functions_client.ts";
import { createManage, type Manage } from "./api/manage_client.ts";
import type { ProjectConfig } from "./api/project_config.ts";
import { Announcer } from "./state/announcer.ts";
import { OperationsStore } from "./state/operations.ts";
import { RegistryStore } from "./state/registry.ts";
import { Session } from "./state/session.ts";

/** What the views work with. */
export interface Services {
  readonly config: ProjectConfig;
  readonly supabase: SupabaseClient;
  readonly session: Session;
  readonly functions: FunctionsClient;
  readonly manage: Manage;
  readonly registry: RegistryStore;
  readonly operations: OperationsStore;
  readonly announcer: Announcer;
  /** Whether the last look at the registry's version got no answer. */
  readonly connectionLost: Signal<boolean>;
}

export function createServices(config: ProjectConfig): Services {
  const { supabaseUrl, publishableKey } = config;
  const supabase = createClient(supabaseUrl, publishableKey, {
    // The session ends with the tab: who may switch models should not stay signed in for weeks.
    auth: { storage: sessionStorage, detectSessionInUrl: false },
  });
  const session = new Session(supabase);
  const functions = new FunctionsClient({
    ...config,
    token: () => session.token(),
    onRejected: () => session.expire(),
    fetch: fetch.bind(globalThis),
  });
  const manage = createManage(functions, () => session.recheck());
  return {
    config,
    supabase,
    session,
    functions,
    manage,
    registry: new RegistryStore(manage),
    operations: new OperationsStore(manage),
    announcer: new Announcer(),
    connectionLost: signal(false),
  };
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) {
    throw new Error("The view stands outside of the console.");
  }
  return services;
}
