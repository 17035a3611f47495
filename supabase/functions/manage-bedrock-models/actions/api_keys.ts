import { defaultGraceHours } from "../../_shared/contract/keys.ts";
import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import { type ApiKey, describeApiKey } from "../../_shared/keys/api_key.ts";
import { makeApiKey } from "../../_shared/keys/make_api_key.ts";
import { keyWarnings } from "../../_shared/keys/key_warnings.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `list-api-keys`: every key, the newest first. */
export async function listApiKeys(
  _request: RequestOf<"list-api-keys">,
  { apiKeys, now }: ManageDependencies,
): Promise<ResultOf<"list-api-keys">> {
  const { api_keys: rows, registry_version } = await apiKeys.list();
  const keys = rows.map((row) => describeApiKey(row, now()));
  return { api_keys: keys, count: keys.length, registry_version };
}

/** `create-api-key`: a key, which is shown this once. */
export async function createApiKey(
  request: RequestOf<"create-api-key">,
  { apiKeys, readRegistry, randomBytes, now }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"create-api-key">> {
  const { name, assistant_type = null, models = null, dialects = null, expires_at = null } =
    request;
  // Read before: once the key is stored, no failure may keep it from its operator.
  const registry = await readRegistry();
  const made = makeApiKey(randomBytes);
  const { api_key, registry_version } = await apiKeys.create(made, {
    name,
    assistant_type,
    models: models && [...new Set(models)],
    dialects: dialects && [...new Set(dialects)],
    expires_at,
  }, author);
  return {
    message: `The key ${name} is created.`,
    key: made.key,
    api_key: describeApiKey(api_key, now()),
    warnings: keyWarnings(registry, api_key),
    registry_version,
  };
}

/** `rotate-api-key`: another key with the same terms, in place of a key that then expires. */
export async function rotateApiKey(
  { id, grace_hours = defaultGraceHours }: RequestOf<"rotate-api-key">,
  { apiKeys, readRegistry, randomBytes, now }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"rotate-api-key">> {
  const registry = await readRegistry();
  const made = makeApiKey(randomBytes);
  const { api_key, former, registry_version } = await apiKeys.rotate(id, made, grace_hours, author);
  const former_api_key = describeApiKey(former, now());
  return {
    message: `The key ${api_key.name} is replaced; the former, ${describeEnd(former_api_key)}.`,
    key: made.key,
    api_key: describeApiKey(api_key, now()),
    former_api_key,
    warnings: keyWarnings(registry, api_key),
    registry_version,
  };
}

function describeEnd({ state, prefix, ends_at }: ApiKey): string {
  const moment = ends_at === null ? null : new Date(ends_at).toISOString();
  return state === "active"
    ? `${prefix}…, is accepted until ${moment}`
    : `${prefix}…, expired at ${moment}`;
}

/** `revoke-api-key`: the next request with the key is refused. */
export async function revokeApiKey(
  { id }: RequestOf<"revoke-api-key">,
  { apiKeys, now }: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"revoke-api-key">> {
  const { api_key, registry_version } = await apiKeys.revoke(id, author);
  return {
    message: `The key ${api_key.name} is revoked: the next request with it is refused.`,
    api_key: describeApiKey(api_key, now()),
    registry_version,
  };
}
