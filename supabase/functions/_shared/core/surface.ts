/** The endpoints of stateless calls, each named after its dialect. */
export const surfaces = ["openai", "anthropic"] as const;
/** Where a stateless call comes in. */
export type Surface = typeof surfaces[number];
