import type { ComponentChildren } from "preact";

/** A remark that stands out: what is fine, what to look at, what went wrong. */
export function Notice(
  { tone, title, children }: {
    tone: "ok" | "warn" | "danger" | "info";
    title?: string;
    children?: ComponentChildren;
  },
) {
  return (
    <div class={`notice notice-${tone}`}>
      <div class="notice-body">
        {title !== undefined && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}
