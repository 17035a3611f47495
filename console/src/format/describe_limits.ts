import type { DocumentType, ImageType } from "../../../supabase/functions/_shared/core/content.ts";
import { extensionOf } from "../../../supabase/functions/_shared/media/media_type.ts";
import type { ListedModel } from "../api/manage_actions.ts";
import { formatBytes, formatCount } from "./numbers.ts";
import { formatDate } from "./time.ts";

/** What a model's row says of what it accepts, as terms and what they are, and its source. */
export function describeLimits(
  { images, documents, tools, output_schema, thinking, caching, source }: Capabilities,
): { readonly term: string; readonly text: string }[] {
  return [
    { term: "Images", text: images === undefined ? "none" : mediaOf(images) },
    { term: "Documents", text: documents === undefined ? "none" : mediaOf(documents) },
    { term: "Tools", text: tools === undefined ? "none" : toolsOf(tools) },
    {
      term: "JSON schemas",
      text: output_schema ? "kept by the model" : "kept by a tool or in words",
    },
    { term: "Thinking", text: thinking === undefined ? "none" : thinkingOf(thinking) },
    { term: "Caching", text: caching === undefined ? "none" : cachingOf(caching) },
    { term: "Source", text: source === undefined ? "not on record" : sourceOf(source) },
  ];
}

type Capabilities = ListedModel["capabilities"];
type Limits<Name extends keyof Capabilities> = NonNullable<Capabilities[Name]>;

function mediaOf(limits: Limits<"images"> | Limits<"documents">): string {
  const { max_count, max_bytes, types } = limits;
  const side = "max_side" in limits ? limits.max_side : null;
  return [
    `at most ${formatCount(max_count)} of ${formatBytes(max_bytes)} each`,
    ...(side === null ? [] : [`${formatCount(side)} pixels a side`]),
    types.map((type: ImageType | DocumentType) => extensionOf(type).toUpperCase()).join(", "),
  ].join("; ");
}

function toolsOf({ choices, single }: Limits<"tools">): string {
  return [
    `choice ${["auto", ...choices].join(", ")}`,
    single ? "one call at a time, where asked for" : "any number of calls at a time",
  ].join("; ");
}

function thinkingOf({ efforts, by_default, off }: Limits<"thinking">): string {
  return [
    efforts.join(", "),
    ...(by_default ? ["by default"] : []),
    ...(by_default && off === "omitted" ? ["cannot be stopped"] : []),
    ...(off === "between_tools" ? ["never stopped between calls of tools"] : []),
  ].join("; ");
}

function cachingOf(
  { min_tokens, max_points, ttls, places, automatic }: Limits<"caching">,
): string {
  return [
    `from ${formatCount(min_tokens)} tokens, at most ${max_points} points`,
    ttls.join(", "),
    `in ${places.join(", ")}`,
    automatic ? "by itself" : "where it is asked for",
  ].join("; ");
}

function sourceOf({ url, checked_on, assumed }: Limits<"source">): string {
  return [
    `${url}, read on ${formatDate(checked_on)}`,
    ...(assumed.length === 0 ? [] : [`assumed: ${assumed.join(", ")}`]),
  ].join("; ");
}
