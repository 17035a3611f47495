import type { ComponentChildren } from "preact";

/** The head of a view: its name, a line about it, and what can be done with all of it. */
export function ViewHeading(
  { title, children, tools }: {
    title: string;
    children?: ComponentChildren;
    tools?: ComponentChildren;
  },
) {
  return (
    <header class="view-heading">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children !== undefined && <p class="view-lead">{children}</p>}
      </div>
      {tools !== undefined && <div class="view-tools">{tools}</div>}
    </header>
  );
}
