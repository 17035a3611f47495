import { parseProjectConfig, type ProjectConfig } from "./project_config.ts";

/**
 * Reads the file beside the page that names the project.
 *
 * @throws {Error} saying what is wrong with it
 */
export async function readProjectConfig(
  request: (url: string, init: RequestInit) => Promise<Response>,
): Promise<ProjectConfig> {
  const response = await request("./config.json", { cache: "no-store" });
  if (!response.ok) {
    throw new Error("config.json, which names the project, is not beside the page.");
  }
  const text = await response.text();
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // Hosts of single-page apps answer with the page for whatever they do not have.
    throw new Error(
      text.trimStart().startsWith("<")
        ? "config.json, which names the project, is not beside the page: its host answers with a page instead."
        : "config.json, which names the project, is no JSON.",
    );
  }
  return parseProjectConfig(content);
}
