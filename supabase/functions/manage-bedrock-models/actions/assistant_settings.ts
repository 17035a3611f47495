import type { RequestOf, ResultOf } from "../../_shared/contract/manage.ts";
import type { ChangeAuthor } from "../../_shared/registry/change_author.ts";
import { assistantWarnings } from "../../_shared/switching/assistant_warnings.ts";
import { affectedBy } from "../affected_by.ts";
import { readAssistants, requireAssistant } from "../find_rows.ts";
import type { ManageDependencies } from "../manage_dependencies.ts";

/** `set-assistant`: sets what is named of an assistant; the next request of each user follows. */
export async function setAssistant(
  request: RequestOf<"set-assistant">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"set-assistant">> {
  const { action: _, assistant_type, expected_version, reason: __, ...wanted } = request;
  const expected = expected_version ?? (await dependencies.readRegistryPart([])).version;
  const change = await dependencies.assistants.set(assistant_type, wanted, expected, author);
  const [{ assistant, warnings, registry_version }, impact] = await Promise.all([
    describe(assistant_type, dependencies),
    affectedBy(change, dependencies),
  ]);
  return {
    message: change.former_version === change.registry_version
      ? `${assistant.name} already was so.`
      : `${assistant.name} is changed; its next request follows.`,
    assistant,
    affected: impact.affected,
    warnings: [...new Set([...warnings, ...impact.warnings])],
    registry_version,
  };
}

/** `create-assistant`: adds an assistant, which follows the default. */
export async function createAssistant(
  request: RequestOf<"create-assistant">,
  dependencies: ManageDependencies,
  author: ChangeAuthor,
): Promise<ResultOf<"create-assistant">> {
  const { action: _, assistant_type, reason: __, ...wanted } = request;
  await dependencies.assistants.create(assistant_type, wanted, author);
  const { assistant, ...described } = await describe(assistant_type, dependencies);
  return {
    message: `${assistant.name} is created and follows the default.`,
    assistant,
    ...described,
  };
}

async function describe(type: string, dependencies: ManageDependencies) {
  const registry = await readAssistants(dependencies);
  const assistant = requireAssistant(registry, type);
  return {
    assistant: { ...assistant, follows_default: assistant.model_version === null },
    warnings: assistantWarnings(registry, [type]),
    registry_version: registry.version,
  };
}
