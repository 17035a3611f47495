/** What a run says: what it did, what it left alone, and what is left to do. */
import { parseConfig } from "./config_sections.ts";
import type { HostProject } from "./host_project.ts";
import { manifestPath } from "./manifest.ts";
import { renamable } from "./options.ts";
import type { Choice } from "./parts.ts";
import type { Plan } from "./plan.ts";

const cli = "npx supabase@3.1.0";

export function describePlan(plan: Plan, dryRun: boolean): string {
  const { writes, removals, left, config } = plan;
  const would = dryRun ? "would be " : "";
  const paths = (kind: string) =>
    writes.filter((write) => write.kind === kind).map(({ path }) => path);
  const sections = (names: readonly string[]) => names.map((name) => `[functions.${name}]`);
  const lists: [string, readonly string[]][] = [
    [`${would}added`, byFolder(paths("new"))],
    [`${would}replaced`, paths("replaced")],
    [`${would}restored: they were missing`, paths("restored")],
    [`${would}removed: the switchboard no longer has them`, removals],
    [`${would}added to supabase/config.toml`, sections(config.added)],
    [`${would}replaced in supabase/config.toml`, sections(config.replaced)],
    ["left as they are: they were changed or removed by hand", left],
    ["left as they are in supabase/config.toml: they differ", sections(config.left)],
  ];
  const told = lists.filter(([, items]) => items.length > 0)
    .map(([what, items]) => [`${capital(what)}:`, ...items.map((item) => `  ${item}`)].join("\n"));
  const nothing = changesAnything(plan) ? [] : ["There is nothing to change."];
  return [...nothing, ...told, ...migrationNotes(plan)].join("\n");
}

/** How many files there are in each function's folder, and in that of the migrations. */
function byFolder(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const [folder = ""] = /^supabase\/(?:functions\/[^/]+|migrations)\//.exec(path) ?? [];
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].map(([folder, count]) => `${folder} (${count} files)`);
}

/** What a push cannot do by itself. */
function migrationNotes({ writes }: Plan): string[] {
  const replaced = writes.some(({ path, kind }) =>
    kind === "replaced" && path.startsWith("supabase/migrations/")
  );
  return replaced
    ? [
      "A replaced migration is not applied again where it was applied before. Until release 0.1.0 " +
      "such a database has to be made again, or the change applied by hand.",
    ]
    : [];
}

/** The commands that remain, to be run in the project's folder; none where nothing changed. */
export function describeNextSteps(host: HostProject, plan: Plan, choice: Choice): string {
  const isInterrupted = host.manifest?.unfinished !== undefined;
  if (!changesAnything(plan) && !host.isNew && !isInterrupted) return "";
  const first = host.isNew
    ? [
      ...exposePublic(host.config),
      `${cli} link --project-ref <ref>   (unless it is linked)`,
      `${cli} secrets set --env-file <file>   (its form: supabase/functions/.env.example of the switchboard)`,
    ]
    : [];
  const last = host.isNew
    ? [
      "Make the first platform admin: docs/deploy.md of the switchboard.",
      ...(choice.data === "blank" ? [chooseModels(choice)] : []),
      ...otherNames(choice),
    ]
    : [];
  const steps = [
    `Look at the change and commit it, with ${manifestPath}.`,
    ...first,
    `${cli} db push --remote`,
    `${cli} functions deploy ${deployed(choice)} --use-api`,
    ...last,
  ];
  return [`To do, in ${host.root}:`, ...steps.map((step, n) => `  ${n + 1}. ${step}`)].join("\n");
}

function deployed({ names }: Choice): string {
  return [names.chat, "manage-bedrock-models", names.openai, names.anthropic].join(" ");
}

function otherNames({ names }: Choice): string[] {
  return renamable.filter((name) => names[name] !== name).map((name) => {
    const other = names[name];
    const said = `Call ${other} where the documents of the switchboard say ${name}`;
    if (name === "anthropic") return `${said}.`;
    if (name === "openai") return `${said}, and add --openai-name ${other} to deno task smoke.`;
    return `${said}; for the console, add "chat_name": "${other}" to its config.json, and to ` +
      `deno task smoke and ask --chat-name ${other}.`;
  });
}

/** The functions call functions of Postgres in `public`, over the API. */
function exposePublic(config: string): string[] {
  const { api } = parseConfig(config) as { api?: { schemas?: unknown } };
  return Array.isArray(api?.schemas) && !api.schemas.includes("public")
    ? ["Add public to [api] schemas in supabase/config.toml and in the project's API settings."]
    : [];
}

function chooseModels({ geographies }: Choice): string {
  return `Choose models whose calls stay in ${geographies.join(", ")}, with ` +
    "scripts/switch-bedrock-model.sh of the switchboard: sync --apply; <model-id> enable; " +
    "<model-id> switch.";
}

export function changesAnything({ writes, removals, config }: Plan): boolean {
  return writes.length + removals.length + config.added.length + config.replaced.length > 0;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
