import type { Capabilities } from "./capabilities.ts";

/** What a model accepts, in words: `text, images; tools; caching; thinks: low, medium, high`. */
export function describeCapabilities(capabilities: Capabilities): string {
  const { images, documents, tools, output_schema, thinking, caching } = capabilities;
  const kinds = ["text", images && "images", documents && "documents"].filter(Boolean);
  return [
    kinds.join(", "),
    tools && (tools.choices.includes("any") ? "tools" : "tools, none of them forced"),
    output_schema && "JSON schemas",
    caching && (caching.automatic ? "caching" : "caching where it is asked for"),
    thinking && `thinks: ${thinking.efforts.join(", ")}`,
  ].filter(Boolean).join("; ");
}
