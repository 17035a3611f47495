import { fileURLToPath } from "node:url";
import { projectRoot } from "../local/config.ts";

/** The benchmark's own folder, with a slash at its end. */
export const benchDir: string = fileURLToPath(new URL(".", import.meta.url));
export const functionsDir = `${projectRoot}/supabase/functions`;
/** Packages of the baselines, in versions of their own. */
export const baselinesConfig = `${benchDir}baselines/deno.json`;
