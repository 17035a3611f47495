import type { ComponentChildren } from "preact";

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function ScrollTable(
  { label, children, class: className = "" }: {
    label: string;
    children: ComponentChildren;
    class?: string;
  },
) {
  return (
    // It must take focus, or who has no pointer could not scroll it.
    <div
      class={`scroll-table ${className}`}
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <table>
        <caption class="visually-hidden">{label}</caption>
        {children}
      </table>
    </div>
  );
}
