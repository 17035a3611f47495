import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { AlertNotice } from "../components/alert_notice.tsx";
import { ConnectionNotice } from "../components/connection_notice.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { NewsList } from "../components/news_list.tsx";
import { ThemeChooser } from "../components/theme_chooser.tsx";
import { useServices } from "../services.ts";
import { type Route, route, routes } from "../state/route.ts";
import { AlertsView } from "./alerts_view.tsx";
import { AssistantsView } from "./assistants_view.tsx";
import { AuditView } from "./audit_view.tsx";
import { CatalogView } from "./catalog_view.tsx";
import { ChatView } from "./chat_view.tsx";
import { CostView } from "./cost_view.tsx";
import { EvaluationsView } from "./evaluations_view.tsx";
import { ExplainView } from "./explain_view.tsx";
import { KeysView } from "./keys_view.tsx";
import { LimitsView } from "./limits_view.tsx";
import { ModelsView } from "./models_view.tsx";
import { PeopleView } from "./people_view.tsx";
import { PerformanceView } from "./performance_view.tsx";
import { ProposalsView } from "./proposals_view.tsx";
import { RolesView } from "./roles_view.tsx";
import { RolloutsView } from "./rollouts_view.tsx";
import { SettingsView } from "./settings_view.tsx";
import { TrialsView } from "./trials_view.tsx";
import { UsageView } from "./usage_view.tsx";
import { useProject } from "./use_project.ts";

const titles: Readonly<Record<Route, string>> = {
  models: "Models",
  catalog: "Catalog",
  assistants: "Assistants",
  rollouts: "Rollouts",
  trials: "Trials",
  evaluations: "Evaluations",
  roles: "Roles",
  keys: "Keys",
  limits: "Limits",
  people: "People",
  alerts: "Alerts",
  proposals: "Proposals",
  settings: "Settings",
  audit: "Audit log",
  usage: "Usage",
  cost: "Cost",
  performance: "Performance",
  chat: "Chat",
  explain: "Explain",
};

/** The console of a platform admin: head, views, and what happens meanwhile. */
export function Shell({ email }: { email: string }) {
  const services = useServices();
  const { session, registry } = services;
  const shown = route.value;
  const menu = useMenu(shown);

  useEffect(() => void registry.load(), []);
  useProject(services);
  useTitleAndFocus(shown);

  return (
    <div class="shell">
      <a class="skip" href="#view" onClick={skipToView}>Skip to the view</a>
      <header class="bar">
        <p class="brand">
          Bedrock Switchboard
          {registry.view !== undefined && (
            <span class="brand-version">
              <span class="wide-only">registry</span> version {registry.view.version}
            </span>
          )}
        </p>
        <button
          type="button"
          class="button menu-button"
          aria-expanded={menu.open.value}
          aria-controls="menu-views menu-tools"
          onClick={() => menu.open.value = !menu.open.value}
        >
          Menu
        </button>
        <div id="menu-tools" class={menu.open.value ? "bar-tools" : "bar-tools menu-closed"}>
          <ThemeChooser />
          <span class="bar-user">{email}</span>
          <button
            type="button"
            class="button"
            onClick={() => session.signOut()}
          >
            Sign out
          </button>
        </div>
      </header>
      <nav
        id="menu-views"
        class={menu.open.value ? "views" : "views menu-closed"}
        aria-label="Views"
      >
        <ul>
          {routes.map((name) => (
            <li key={name}>
              <a
                href={`#/${name}`}
                aria-current={name === shown ? "page" : undefined}
                onClick={() => menu.open.value = false}
              >
                {titles[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="news">
        <ConnectionNotice />
        <AlertNotice />
        <NewsList />
      </div>
      <main class="view" id="view">
        {registry.failure.value !== null && (
          <ErrorNotice
            error={registry.failure.value}
            onRetry={() => registry.load()}
          />
        )}
        <View route={shown} />
      </main>
    </div>
  );
}

function View({ route }: { route: Route }) {
  switch (route) {
    case "models":
      return <ModelsView />;
    case "catalog":
      return <CatalogView />;
    case "assistants":
      return <AssistantsView />;
    case "rollouts":
      return <RolloutsView />;
    case "trials":
      return <TrialsView />;
    case "evaluations":
      return <EvaluationsView />;
    case "roles":
      return <RolesView />;
    case "keys":
      return <KeysView />;
    case "limits":
      return <LimitsView />;
    case "people":
      return <PeopleView />;
    case "alerts":
      return <AlertsView />;
    case "proposals":
      return <ProposalsView />;
    case "settings":
      return <SettingsView />;
    case "audit":
      return <AuditView />;
    case "usage":
      return <UsageView />;
    case "cost":
      return <CostView />;
    case "performance":
      return <PerformanceView />;
    case "chat":
      return <ChatView />;
    case "explain":
      return <ExplainView />;
    default:
      return route satisfies never;
  }
}

/** On a narrow page views and tools are behind a button; a wide one always shows them. */
function useMenu(shown: Route) {
  const open = useSignal(false);
  useEffect(() => {
    if (!open.value) return;
    const close = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      open.value = false;
      document.querySelector<HTMLElement>(".menu-button")?.focus();
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [open.value]);
  useEffect(() => void (open.value = false), [shown]);
  return { open };
}

/** Names the page after its view, and takes focus there after a change of view. */
function useTitleAndFocus(shown: Route): void {
  const first = useRef(true);
  useEffect(() => {
    document.title = `${titles[shown]} · Bedrock Switchboard`;
    if (!first.current) focusView();
    first.current = false;
  }, [shown]);
}

/** The address says which view is shown, so the link must not change it. */
function skipToView(event: Event): void {
  event.preventDefault();
  focusView();
}

function focusView(): void {
  document.querySelector<HTMLElement>("main h1")?.focus();
}
