import { ClientError } from "../../local/client/client_error.ts";

/**
 * Asks for one line in the terminal. Hidden input is not shown.
 *
 * @throws {ClientError} when the input ends, or is interrupted
 */
export async function askTerminal(what: string, hidden: boolean): Promise<string> {
  if (!hidden) {
    const answer = prompt(`${what}:`);
    if (answer === null) throw new ClientError("Nothing was answered.");
    return answer.trim();
  }
  await Deno.stderr.write(new TextEncoder().encode(`${what}: `));
  Deno.stdin.setRaw(true);
  try {
    return await readHidden();
  } finally {
    Deno.stdin.setRaw(false);
    console.error();
  }
}

/** In raw mode the terminal does nothing by itself: Ctrl-C and backspace are characters. */
async function readHidden(): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  let line = "";
  while (true) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) throw new ClientError("Nothing was answered.");
    for (const character of decoder.decode(buffer.subarray(0, length), { stream: true })) {
      if (character === "\r" || character === "\n") return line.trim();
      if (character === "\u0003" || character === "\u0004") throw new ClientError("Interrupted.");
      if (character === "\u007f" || character === "\b") line = line.slice(0, -1);
      else line += character;
    }
  }
}
