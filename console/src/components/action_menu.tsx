import { useId, useRef } from "preact/hooks";

/** Something that can be done, or a place to go to. */
export type MenuItem =
  & {
    readonly label: string;
    /** What stands before the subject in its full name. Default: the label. */
    readonly name?: string;
  }
  & ({ readonly onSelect: () => void } | { readonly href: string });

/** The rarer actions of a row, behind one button. */
export function ActionMenu(
  { subject, items }: {
    /** What they are done with, for who hears the names alone. */
    subject: string;
    items: readonly MenuItem[];
  },
) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const close = () => list.current?.hidePopover();
  return (
    <>
      <button
        ref={opener}
        type="button"
        class="button button-quiet"
        popovertarget={id}
        aria-label={`More actions for ${subject}`}
      >
        More
      </button>
      {/* In the top layer, so that a table that scrolls does not cut it off. */}
      <ul
        ref={list}
        id={id}
        popover="auto"
        class="menu"
        onToggle={() => place(opener.current, list.current)}
      >
        {items.map((item) => (
          <li key={item.label}>
            {"href" in item
              ? (
                <a
                  href={item.href}
                  aria-label={`${item.name ?? item.label} ${subject}`}
                  onClick={close}
                >
                  {item.label}
                </a>
              )
              : (
                <button
                  type="button"
                  aria-label={`${item.name ?? item.label} ${subject}`}
                  onClick={() => {
                    // First, so that focus is where a dialog has to give it back to.
                    close();
                    item.onSelect();
                  }}
                >
                  {item.label}
                </button>
              )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Below its button, or above it where there is no room below. */
function place(opener: HTMLElement | null, list: HTMLElement | null): void {
  if (opener === null || list === null || !list.matches(":popover-open")) return;
  const { top, bottom, right } = opener.getBoundingClientRect();
  const { height, width } = list.getBoundingClientRect();
  const fits = bottom + height < innerHeight;
  list.style.top = `${Math.max(0, fits ? bottom : top - height)}px`;
  list.style.left = `${Math.max(8, right - width)}px`;
}
