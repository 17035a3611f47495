/** Reads Markdown as far as the tests of the documentation need. */

/** A fenced block of code. */
export interface FencedBlock {
  /** Such as `sh`; empty where none is given. */
  readonly language: string;
  readonly text: string;
  /** The heading of level 1 or 2 that it stands under. */
  readonly section: string;
  /** Of its first fence, from 1. */
  readonly line: number;
}

/** Every fenced block, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let section = "";
  let open: { language: string; line: number; text: string[] } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^ *```(\S*)/.exec(line);
    if (open) {
      if (!fence) open.text.push(line);
      else {
        blocks.push({ ...open, text: open.text.join("\n"), section });
        open = undefined;
      }
    } else if (fence) open = { language: fence[1]!, line: index + 1, text: [] };
    else section = /^##? (.+)/.exec(line)?.[1] ?? section;
  }
  if (open) throw new Error(`The block of line ${open.line} has no end.`);
  return blocks;
}

/** The text without fenced blocks. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^ *```[^]*?^ *```$/gm, "");
}

/** What links lead to, as they are written. */
export function linksOf(markdown: string): string[] {
  const text = prose(markdown).replaceAll(/`[^`\n]*`/g, "code");
  const inline = text.matchAll(/\]\(([^)\s]+)\)/g);
  const references = text.matchAll(/^\[[^\]]+\]: (\S+)/gm);
  return [...inline, ...references].map((match) => match[1]!);
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const anchor = heading!.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The rows of the table whose first column has this head, without the marks around code. */
export function tableRows(document: string, head: string): string[][] {
  const lines = document.split("\n");
  const start = lines.findIndex((line) => cellsOf(line)[0] === head);
  if (start < 0) throw new Error(`the document has no table of ${head}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    cellsOf(line).map((cell) => cell.replace(/^`(.*)`$/, "$1"))
  );
}

function cellsOf(line: string): string[] {
  return line.startsWith("|") ? line.split("|").slice(1, -1).map((cell) => cell.trim()) : [];
}
