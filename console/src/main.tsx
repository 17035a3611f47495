/** The page's script: reads which project it is for, and shows the console. */
import { render } from "preact";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/layout.css";
import "../styles/components.css";
import "../styles/tables.css";
import "../styles/charts.css";
import "../styles/chat.css";
import { parseProjectConfig } from "./api/project_config.ts";
import { App } from "./app.tsx";
import { restrictConnections } from "./restrict_connections.ts";
import { createServices, ServicesContext } from "./services.ts";
import { startRouting } from "./state/route.ts";
import { startTheme } from "./state/theme.ts";

const root = document.getElementById("console")!;

startTheme();
startRouting();
try {
  const response = await fetch("./config.json", { cache: "no-store" });
  if (!response.ok) {
    throw new Error(
      "config.json, which names the project, is not beside the page.",
    );
  }
  const config = parseProjectConfig(await response.json());
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
  const paragraph = document.createElement("p");
  paragraph.className = "starting";
  paragraph.setAttribute("role", "alert");
  paragraph.textContent = `The console cannot start: ${(error as Error).message}`;
  root.replaceChildren(paragraph);
}
