/** What the functions print: JSON, one line a turn, and not a word of the users'. */
import { answerWords, userWord } from "./ledger.ts";

export class Output {
  /** Lines that are no JSON: a warning, a stack, an uncaught error. */
  readonly strange: string[] = [];
  /** Lines that hold words of a question or an answer. */
  readonly leaks: string[] = [];
  /** Lines that tell of a turn whose end could not be stored. */
  readonly losses: string[] = [];
  /** Lines that say `internal_error`: nothing that a soak does may end in one. */
  readonly internalErrors: string[] = [];
  /** Lines about turns that asked a model, by request id. */
  readonly turnLines = new Map<string, number>();
  /** Request ids of turns that were chosen from a registry known to be old. */
  readonly stale = new Set<string>();
  lines = 0;

  /** Takes a line of a function's. */
  take(from: string, line: string): void {
    if (line === "") return;
    this.lines++;
    const told = `${from}: ${line.slice(0, 500)}`;
    if (line.includes(userWord) || line.includes(answerWords)) {
      this.leaks.push(told);
    }
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(line);
    } catch {
      this.strange.push(told);
      return;
    }
    if (entry["event"] === "turn-lost") this.losses.push(told);
    if ([entry["error_code"], entry["code"]].includes("internal_error")) {
      this.internalErrors.push(told);
    }
    if (entry["event"] !== "turn") return;
    const requestId = String(entry["request_id"]);
    if (entry["registry_stale"] === true) this.stale.add(requestId);
    if (entry["outcome"] === "repeated") return;
    this.turnLines.set(requestId, (this.turnLines.get(requestId) ?? 0) + 1);
  }

  /** Takes a line of the stack's, which carries the name of the function that printed it. */
  takeFromStack(line: string): void {
    const match = /^\[(chat|manage-bedrock-models)\] (.*)$/.exec(line);
    if (match?.[1] && match[2]) this.take(`the stack's ${match[1]}`, match[2]);
  }
}
