/**
 * What was installed into a checkout, with hashes: kept in the checkout and committed with it, so
 * that the next run knows what it may replace.
 */
import { z } from "zod";
import { ClientError } from "../../local/client/client_error.ts";
import { geographies } from "../../supabase/functions/_shared/registry/geography.ts";

/** Where it is, from the root of the checkout. */
export const manifestPath = "supabase/.bedrock-switchboard.json";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Paths are written to and removed from, so they must not lead elsewhere. */
const path = z.string().regex(/^supabase\/(functions|migrations)\/[^\0]+$/)
  .refine((text) => !text.split("/").includes(".."));

const functionName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);

const manifestSchema = z.object({
  about: z.string(),
  format: z.literal(1),
  /** The name that `chat` has here. */
  chat_name: functionName,
  /** The names of these; missing where they were installed by a version that had none. */
  openai_name: functionName.optional(),
  anthropic_name: functionName.optional(),
  data: z.enum(["health", "blank"]),
  geographies: z.array(z.enum(geographies)),
  /** The version that each migration has here, by name. */
  migrations: z.record(z.string().regex(/^\w+$/), z.string().regex(/^\d+$/)),
  /** SHA-256 of each file as it was installed. */
  files: z.record(path, hash),
  /** Each section of config.toml as it was written. */
  sections: z.record(z.string(), z.string()),
  /** While a run writes: the files that it writes, with the hashes that they may still have. */
  unfinished: z.record(path, z.array(hash)).optional(),
  /** While the first run writes. */
  first_run: z.literal(true).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

export const about =
  "Written by `deno task install-into` of the Bedrock Switchboard. Commit it: the next run upgrades by it.";

/** @throws {ClientError} if it is not a manifest that this version can read. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { success, data } = manifestSchema.safeParse(value);
  if (!success) {
    throw new ClientError(
      `${manifestPath} cannot be read: it was changed, or written by a later version. ` +
        "Restore it from the checkout's history.",
    );
  }
  return data;
}

export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function hashOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
