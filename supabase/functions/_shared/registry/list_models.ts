/** Maximum number of models that an error names. */
const mostListed = 20;

/**
 * Model ids for the hint of an error: the first 20, and how many more there are. The database has
 * the same in `switchboard.list_models()`.
 */
export function listModels(modelIds: readonly string[]): string {
  const listed = modelIds.slice(0, mostListed).join(", ") || "none";
  const more = modelIds.length - mostListed;
  return more > 0 ? `${listed} and ${more} more` : listed;
}
