/** Installs the switchboard into another Supabase checkout: `deno task install-into`. */
import { resolve } from "node:path";
import { ClientError, UsageError } from "../local/client/client_error.ts";
import { projectRoot } from "../local/config.ts";
import { carryOut } from "./install/carry_out.ts";
import { type HostProject, openHost } from "./install/host_project.ts";
import type { Manifest } from "./install/manifest.ts";
import {
  type FunctionNames,
  type InstallOptions,
  readOptions,
  renamable,
} from "./install/options.ts";
import { type Choice, readParts } from "./install/parts.ts";
import { planInstallation } from "./install/plan.ts";
import { describeNextSteps, describePlan } from "./install/report.ts";

const usage = `Usage: deno task install-into <folder> [options]

Copies what the switchboard needs into the checkout of another Supabase project, or upgrades what
it copied there before: the functions chat, openai, anthropic and manage-bedrock-models with
supabase/functions/_shared, the migrations, with versions after the project's last one, and the
functions' sections of supabase/config.toml. It writes nothing else but supabase/.bedrock-switchboard.json, which records
what was installed, and it connects to no database and no project. Everything is checked before
the first file is written, nothing is written through symbolic links, and an interrupted run can be
repeated.

Files of the project's own are never replaced. An upgrade replaces and removes only files that are as
they were installed; those changed by hand are named and left as they are.

  --chat-name NAME     what to call the function chat, where the project has one of this name
  --openai-name NAME, --anthropic-name NAME
                       the same of these functions
  --data health        the first users' assistants and models; the default
  --data blank         one assistant for all users and one for platform admins, with those models of
                       today whose calls stay in the geographies
  --geographies LIST   with --data blank: where calls may be processed, such as eu,us; default eu
  --dry-run            print what would be done, and write nothing

Exit status: 0 installed, or nothing to do; 1 refused or failed, the message says why; 2 a command
line that is not understood; 3 done, but files or sections that were changed by hand were left.`;

/** What a run printed, and how it ends. */
export interface InstallResult {
  readonly status: 0 | 1 | 3;
  readonly output: string;
}

/**
 * Installs the switchboard of a checkout into another.
 *
 * @param ownRoot the switchboard's checkout
 * @throws {ClientError} if the folder is none that it can be installed into
 */
export async function installInto(
  options: InstallOptions,
  ownRoot: string,
  now: Date,
): Promise<InstallResult> {
  const host = await openHost(options.folder, ownRoot);
  const choice = chooseParts(options, host);
  const plan = await planInstallation(host, await readParts(ownRoot, choice), choice, now);
  if (plan.refusals.length > 0) {
    return {
      status: 1,
      output: ["Nothing was written.", ...plan.refusals].join("\n"),
    };
  }
  if (!options.dryRun) await carryOut(host, plan);
  const isWhole = plan.left.length === 0 && plan.config.left.length === 0;
  return {
    status: isWhole ? 0 : 3,
    output: [describePlan(plan, options.dryRun), describeNextSteps(host, plan, choice)]
      .filter((text) => text !== "").join("\n\n"),
  };
}

/** An upgrade keeps what was chosen at first: the rows are in the database, the name in its apps. */
function chooseParts(
  { names, data, geographies }: InstallOptions,
  { manifest }: HostProject,
): Choice {
  if (geographies !== undefined && (data ?? manifest?.data) !== "blank") {
    throw new UsageError(
      "--geographies needs --data blank: the first users' calls stay in the EU.",
    );
  }
  if (manifest === null) {
    return {
      names: namesFrom(names),
      data: data ?? "health",
      geographies: geographies ?? ["eu"],
    };
  }
  const installed: Choice = {
    // One that came later is named by the upgrade that brings it.
    names: namesFrom({ ...names, ...installedNames(manifest) }),
    data: manifest.data,
    geographies: manifest.geographies,
  };
  const asked = {
    ...Object.fromEntries(
      renamable.map((name) => [`--${name}-name`, [names[name], installed.names[name]]]),
    ),
    "--data": [data, installed.data],
    "--geographies": [geographies && listOf(geographies), listOf(installed.geographies)],
  };
  for (const [option, [wanted, has]] of Object.entries(asked)) {
    if (wanted !== undefined && wanted !== has) {
      throw new ClientError(
        `The switchboard is installed there with ${option} ${has}, which an upgrade cannot change.`,
      );
    }
  }
  return installed;
}

function installedNames({ chat_name, openai_name, anthropic_name }: Manifest) {
  return {
    chat: chat_name,
    ...(openai_name !== undefined && { openai: openai_name }),
    ...(anthropic_name !== undefined && { anthropic: anthropic_name }),
  };
}

/** @throws {UsageError} where two functions would have one name */
function namesFrom(chosen: Partial<FunctionNames>): FunctionNames {
  const names = { chat: "chat", openai: "openai", anthropic: "anthropic", ...chosen };
  if (new Set(Object.values(names)).size === renamable.length) return names;
  throw new UsageError(
    `Each function needs a name of its own: ${Object.values(names).join(", ")}.`,
  );
}

/** Their order says nothing. */
const listOf = (geographies: Choice["geographies"]) => geographies.toSorted().join(",");

if (import.meta.main) {
  try {
    const options = readOptions(Deno.args);
    if (options === null) {
      console.log(usage);
      Deno.exit(0);
    }
    // A task runs in the folder of its deno.json; the path is meant from where it was called.
    const folder = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), options.folder);
    const { status, output } = await installInto({ ...options, folder }, projectRoot, new Date());
    if (status === 1) console.error(output);
    else console.log(output);
    Deno.exit(status);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee: deno task install-into --help`);
      Deno.exit(2);
    }
    if (!(error instanceof ClientError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
