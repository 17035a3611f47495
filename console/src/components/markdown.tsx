import { useMemo } from "preact/hooks";
import { renderMarkdown } from "./render_markdown.ts";

/** What a model wrote, as it comes; `growing` shows where the next words will stand. */
export function Markdown({ text, growing = false }: { text: string; growing?: boolean }) {
  const elements = useMemo(() => renderMarkdown(text), [text]);
  return <div class={growing ? "markdown growing" : "markdown"}>{elements}</div>;
}
