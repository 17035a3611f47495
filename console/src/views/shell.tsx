import { useEffect, useRef } from "preact/hooks";
import { ConnectionNotice } from "../components/connection_notice.tsx";
import { ErrorNotice } from "../components/error_notice.tsx";
import { NewsList } from "../components/news_list.tsx";
import { ThemeChooser } from "../components/theme_chooser.tsx";
import { useServices } from "../services.ts";
import { type Route, route, routes } from "../state/route.ts";
import { watchVersion } from "../state/watch_version.ts";
import { AssistantsView } from "./assistants_view.tsx";
import { AuditView } from "./audit_view.tsx";
import { CatalogView } from "./catalog_view.tsx";
import { ChatView } from "./chat_view.tsx";
import { CostView } from "./cost_view.tsx";
import { ExplainView } from "./explain_view.tsx";
import { ModelsView } from "./models_view.tsx";
import { PerformanceView } from "./performance_view.tsx";
import { RolesView } from "./roles_view.tsx";
import { SettingsView } from "./settings_view.tsx";
import { TrialsView } from "./trials_view.tsx";
import { UsageView } from "./usage_view.tsx";

const titles: Readonly<Record<Route, string>> = {
  models: "Models",
  catalog: "AWS catalog",
  assistants: "Assistants",
  trials: "Trials",
  roles: "Roles",
  settings: "Settings",
  audit: "Audit log",
  usage: "Usage",
  cost: "Cost",
  performance: "Performance",
  chat: "Chat",
  explain: "Explain",
};

/** The console of a platform admin: head, views, and what happens meanwhile. */
export function Shell({ email, userId }: { email: string; userId: string }) {
  const services = useServices();
  const { session, registry } = services;
  const shown = route.value;

  useEffect(() => {
    registry.load();
    return watchVersion(services, document);
  }, []);
  useTitleAndFocus(shown);

  return (
    <div class="shell">
      <a class="skip" href="#view" onClick={skipToView}>Skip to the view</a>
      <header class="bar">
        <p class="brand">
          Bedrock Switchboard
          {registry.view !== undefined && (
            <span class="brand-version">
              registry version {registry.view.version}
            </span>
          )}
        </p>
        <div class="bar-tools">
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
      <nav class="views" aria-label="Views">
        <ul>
          {routes.map((name) => (
            <li key={name}>
              <a
                href={`#/${name}`}
                aria-current={name === shown ? "page" : undefined}
              >
                {titles[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="news">
        <ConnectionNotice />
        <NewsList />
      </div>
      <main class="view" id="view">
        {registry.failure.value !== null && (
          <ErrorNotice
            error={registry.failure.value}
            onRetry={() => registry.load()}
          />
        )}
        <View route={shown} userId={userId} />
      </main>
    </div>
  );
}

function View({ route, userId }: { route: Route; userId: string }) {
  switch (route) {
    case "models":
      return <ModelsView />;
    case "catalog":
      return <CatalogView />;
    case "assistants":
      return <AssistantsView />;
    case "trials":
      return <TrialsView />;
    case "roles":
      return <RolesView />;
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
