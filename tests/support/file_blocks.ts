/**
 * What `deno test` prints, cut into the blocks of its files, so that what runs side by side is
 * shown one file after the other.
 */
export class FileBlocks {
  readonly #show: (block: string) => void;
  readonly #set: string;
  #line = "";
  #block = "";

  /**
   * @param set named in the head of each block
   * @param show gets each block when it is whole
   */
  constructor(set: string, show: (block: string) => void) {
    this.#set = set;
    this.#show = show;
  }

  take(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#takeLine(line);
  }

  /** Shows what is left, after the last line. */
  end(): void {
    if (this.#line !== "") this.#takeLine(this.#line);
    this.#line = "";
    this.#showBlock();
  }

  #takeLine(line: string): void {
    if (!head.test(line)) {
      this.#block += `${line}\n`;
      return;
    }
    this.#showBlock();
    this.#block = `${line} [${this.#set}]\n`;
  }

  #showBlock(): void {
    if (this.#block.trim() !== "") this.#show(this.#block);
    this.#block = "";
  }
}

/** The line with which the tests of a file begin, in whatever colour. */
const head = /^\S*running \d+ tests? from /;
