import { expect } from "@std/expect";
import fc from "fast-check";
import { renderMarkdown, safeAddress } from "../../../console/src/components/render_markdown.ts";

interface Element {
  readonly type: string;
  readonly props: Record<string, unknown>;
}

/** The elements as the page would have them, with every attribute. */
function show(child: unknown): string {
  if (child === null || child === undefined) return "";
  if (Array.isArray(child)) return child.map(show).join("");
  if (typeof child !== "object") return `${child}`.replaceAll("<", "&lt;");
  const { type, props: { children, ...attributes } } = child as Element;
  const shown = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}="${value}"`).join("");
  return `<${type}${shown}>${show(children)}</${type}>`;
}

const rendered = (markdown: string) => show(renderMarkdown(markdown));

Deno.test("renderMarkdown() gives the elements of what models write", () => {
  expect(rendered("## Dose\n\n**Two** *or* `three`\nper day"))
    .toBe(
      '<h3 class="level-2">Dose</h3>' +
        "<p><strong>Two</strong> <em>or</em> <code>three</code><br></br>per day</p>",
    );
  expect(rendered("3. a\n4. b\n   - c")).toBe(
    '<ol start="3"><li><span>a</span></li><li><span>b</span><ul><li><span>c</span></li></ul></li></ol>',
  );
  expect(rendered("```js\nlet a = 1 < 2;\n```"))
    .toBe('<pre tabIndex="0"><code>let a = 1 &lt; 2;</code></pre>');
  expect(rendered("|a|b|\n|-|-:|\n|1|2|")).toContain(
    '<tbody><tr><td>1</td><td class="align-right">2</td></tr></tbody>',
  );
  expect(rendered("- [x] done\n- [ ] open")).toMatch(/☑ .*done.*☐ .*open/);
});

Deno.test("renderMarkdown() shows HTML as it is written, and loads no image", () => {
  expect(rendered("<script>alert(1)</script>")).toBe("&lt;script>alert(1)&lt;/script>");
  expect(rendered('a <img src="x" onerror="alert(1)"> b'))
    .toBe('<p>a &lt;img src="x" onerror="alert(1)"> b</p>');
  expect(rendered("![a scan](https://example.com/x.png)")).toBe(
    '<p><a href="https://example.com/x.png" rel="noopener noreferrer nofollow" target="_blank">' +
      "Image: a scan</a></p>",
  );
});

Deno.test("renderMarkdown() links to web pages and addresses only", () => {
  expect(rendered("[a](https://example.com) [b](mailto:a@b.c)").match(/href="[^"]+"/g))
    .toEqual(['href="https://example.com"', 'href="mailto:a@b.c"']);
  for (
    const address of [
      "javascript:alert(1)",
      "JavaScript:alert(1)",
      "java%0ascript:alert(1)",
      "&#106;avascript:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "file:///etc/passwd",
      "//example.com",
      "/models",
      "#/models",
    ]
  ) {
    expect([address, rendered(`[a](${address})`)]).toEqual([
      address,
      expect.not.stringContaining("<a"),
    ]);
    expect(safeAddress(address)).toBeNull();
  }
});

Deno.test("renderMarkdown() takes any text, at any point of its growth, and loses none of its words", () => {
  const pieces = ["**", "*", "`", "```\n", "\n", "\n\n", "# ", "- ", "> ", "1. ", "|", "[a](", ")"];
  const part = fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 }));
  fc.assert(fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
    const html = rendered(`${parts.join("")}\n\nlastword`);
    expect(html).toContain("lastword");
    expect(html).not.toMatch(/<(script|img|iframe|style)|href="(?!https?:|mailto:)/i);
  }));
});

Deno.test("renderMarkdown() bears nesting that no stack is deep enough for", () => {
  const deep = `${">".repeat(20_000)} a`;
  expect(rendered(deep).length).toBeGreaterThanOrEqual(20_000);
});
