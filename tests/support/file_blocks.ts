/**
 * What `deno test` prints, cut into the blocks of its files, so that what runs side by side is
 * shown one file after the other.
 */
export class FileBlocks {
  readonly #set: string;
  readonly #show: (block: string) => void;
  readonly #alone: boolean;
  #line = "";
  #block = "";

  constructor(options: {
    /** Named in the head of each block. */
    set: string;
    /** Gets each block when it is whole. */
    show: (block: string) => void;
    /** Nothing runs beside it: `show` gets each line at once. */
    alone: boolean;
  }) {
    this.#set = options.set;
    this.#show = options.show;
    this.#alone = options.alone;
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
    const begins = head.test(line);
    if (begins) this.#showBlock();
    this.#block += begins ? `${line} [${this.#set}]\n` : `${line}\n`;
    if (this.#alone) this.#showBlock();
  }

  #showBlock(): void {
    if (this.#block !== "") this.#show(this.#block);
    this.#block = "";
  }
}

/** The line with which the tests of a file begin, in whatever colour. */
const head = /^\S*running \d+ tests? from /;
