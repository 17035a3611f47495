import type { ComponentChildren } from "preact";

/** A state in a word; the colour only underlines it. */
export function Badge(
  { tone, title, children }: {
    tone: "ok" | "warn" | "danger" | "accent" | "plain";
    title?: string;
    children: ComponentChildren;
  },
) {
  return <span class={`badge badge-${tone}`} title={title}>{children}</span>;
}
