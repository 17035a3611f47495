/**
 * What `deno test` prints, cut after each test, so that what runs side by side is shown one test
 * after the other.
 */
export class TestBlocks {
  readonly #set: string;
  readonly #show: (block: string) => void;
  readonly #alone: boolean;
  #line = "";
  #block = "";

  constructor(options: {
    /** Named at the end of each test's result. */
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
    const ends = result.test(line);
    this.#block += ends ? `${line} [${this.#set}]\n` : `${line}\n`;
    if (ends || this.#alone) this.#showBlock();
  }

  #showBlock(): void {
    if (this.#block !== "") this.#show(this.#block);
    this.#block = "";
  }
}

/** The line with which a test ends, in whatever colour; those of its steps are indented. */
const result = /^\S.* \.\.\. \S*(?:ok|FAILED|ignored)\S* /;
