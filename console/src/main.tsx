/** The page's script: reads which project it is for, and shows the console. */
import { render } from "preact";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/layout.css";
import "../styles/forms.css";
import "../styles/components.css";
import "../styles/notices.css";
import "../styles/dialogs.css";
import "../styles/tables.css";
import "../styles/charts.css";
import "../styles/chat.css";
import "../styles/operations.css";
import "../styles/limits.css";
import "../styles/rollouts.css";
import { readProjectConfig } from "./api/read_config.ts";
import { App } from "./app.tsx";
import { restrictConnections } from "./restrict_connections.ts";
import { createServices, ServicesContext } from "./services.ts";
import { startRouting } from "./state/route.ts";
import { startTheme } from "./state/theme.ts";

const root = document.getElementById("console")!;

try {
  startTheme();
  startRouting();
  const config = await readProjectConfig((url, init) => fetch(url, init));
  restrictConnections(config.supabaseUrl);
  const services = createServices(config);
  root.replaceChildren();
  render(
    <ServicesContext.Provider value={services}>
      <App />
    </ServicesContext.Provider>,
    root,
  );
  await services.session.resume();
} catch (error) {
  const main = document.createElement("main");
  main.className = "starting";
  const heading = document.createElement("h1");
  heading.textContent = "Bedrock Switchboard";
  const paragraph = document.createElement("p");
  paragraph.setAttribute("role", "alert");
  paragraph.textContent = `The console cannot start: ${(error as Error).message}`;
  main.append(heading, paragraph);
  root.replaceChildren(main);
}
