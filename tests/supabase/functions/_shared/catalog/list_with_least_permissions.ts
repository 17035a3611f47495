/**
 * Run by aws_catalog_client_test.ts in a process of its own, with network and environment
 * permission only: lists what Bedrock has at AWS_ENDPOINT_URL_BEDROCK, and prints as JSON how much
 * came back and which files of the AWS configuration anything tried to read.
 */
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import process from "node:process";

const filesTried: string[] = [];

/** The SDK swallows a refused permission, so an attempt is seen only by standing in between. */
function watch(functions: Record<string, unknown>): void {
  for (const [name, original] of Object.entries(functions)) {
    if (typeof original !== "function" || /^[A-Z]/.test(name)) continue;
    functions[name] = (...args: unknown[]) => {
      if (String(args[0]).includes(".aws")) filesTried.push(`${name} ${args[0]}`);
      return original.apply(functions, args);
    };
  }
}

watch(fs as unknown as Record<string, unknown>);
watch(fsPromises as unknown as Record<string, unknown>);

// Only now, so that the SDK finds the watched functions.
const { readAwsCatalog } = await import(
  "../../../../../supabase/functions/_shared/catalog/aws_catalog_client.ts"
);
const { readCatalogConfig } = await import(
  "../../../../../supabase/functions/_shared/bedrock/bedrock_config.ts"
);

const config = readCatalogConfig((name: string) => process.env[name]);
const { region, models, profiles } = await readAwsCatalog({ config, fetch });
console.log(
  JSON.stringify({ region, models: models.length, profiles: profiles.length, filesTried }),
);
