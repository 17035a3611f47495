/**
 * Markdown as elements of the page. What a model writes is parsed to tokens and never to HTML: tags
 * are shown as they are written, an image is not loaded, and a link leads to a web page or an
 * address only.
 */
import { Lexer, type MarkedToken, type Tokens } from "marked";
import { type ComponentChild, h } from "preact";

/** Deeper nesting is shown as it is written. */
const mostDepth = 20;

const options = { gfm: true, breaks: true };

/** The elements of a text that may still be growing; the text itself where it cannot be parsed. */
export function renderMarkdown(text: string): ComponentChild[] {
  try {
    return renderAll(new Lexer(options).lex(text) as MarkedToken[], 0);
  } catch {
    // Nesting that no stack is deep enough for.
    return [h("p", { class: "words" }, text)];
  }
}

/** The address of a link that may be followed; null for any other. */
export function safeAddress(href: string): string | null {
  if (!URL.canParse(href)) return null;
  const { protocol } = new URL(href);
  return ["http:", "https:", "mailto:"].includes(protocol) ? href : null;
}

function renderAll(tokens: readonly MarkedToken[] | undefined, depth: number): ComponentChild[] {
  return (tokens ?? []).map((token) =>
    depth > mostDepth ? token.raw : render(token, (inner) => renderAll(inner, depth + 1))
  );
}

type RenderInner = (tokens: MarkedToken[] | undefined) => ComponentChild[];

function render(token: MarkedToken, inner: RenderInner): ComponentChild {
  const children = () => inner("tokens" in token ? token.tokens as MarkedToken[] : undefined);
  switch (token.type) {
    case "paragraph":
      return h("p", null, children());
    case "heading":
      // Below the headings of the page, whatever level the model began with.
      return h("h3", { class: `level-${token.depth}` }, children());
    case "strong":
    case "em":
    case "del":
    case "blockquote":
      return h(token.type, null, children());
    case "code":
      // It must take focus, or who has no pointer could not scroll it.
      return h("pre", { tabIndex: 0 }, h("code", null, token.text));
    case "codespan":
      return h("code", null, token.text);
    case "list":
      return h(
        token.ordered ? "ol" : "ul",
        typeof token.start === "number" ? { start: token.start } : null,
        inner(token.items as MarkedToken[]),
      );
    case "list_item":
      return h("li", null, children());
    case "checkbox":
      return token.checked ? "☑ " : "☐ ";
    case "link":
      return renderLink(token.href, children(), token.raw);
    case "image":
      return renderLink(token.href, [`Image: ${token.text || token.href}`], token.raw);
    case "table":
      return renderTable(token, inner);
    case "hr":
    case "br":
      return h(token.type, null);
    case "text":
      return token.tokens === undefined ? token.text : h("span", null, children());
    case "escape":
      return token.text;
    case "space":
    case "def":
      return null;
    case "html":
      return token.raw;
    default:
      return token satisfies never;
  }
}

function renderLink(href: string, children: ComponentChild[], raw: string): ComponentChild {
  const address = safeAddress(href);
  if (address === null) return raw;
  const rel = "noopener noreferrer nofollow";
  return h("a", { href: address, rel, target: "_blank" }, children);
}

function renderTable({ header, rows }: Tokens.Table, inner: RenderInner): ComponentChild {
  const cells = (tag: "th" | "td", row: readonly Tokens.TableCell[]) =>
    h(
      "tr",
      null,
      row.map(({ align, tokens }) =>
        h(tag, { class: align === null ? null : `align-${align}` }, inner(tokens as MarkedToken[]))
      ),
    );
  return h(
    "div",
    { class: "scroll-table", role: "group", "aria-label": "Table", tabIndex: 0 },
    h(
      "table",
      null,
      h("thead", null, cells("th", header)),
      h("tbody", null, rows.map((row) => cells("td", row))),
    ),
  );
}
