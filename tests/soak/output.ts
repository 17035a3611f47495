/** What the functions print: JSON, one line a turn or a call, and not a word of the users'. */
import { answerWords, userWord } from "./ledger.ts";

const lossEvents = ["turn-lost", "call-lost", "answer-broken"];

/** Log lines about a call. */
export interface CallLines {
  /** The process that printed them. */
  readonly from: string;
  readonly persisted: boolean;
  readonly lines: number;
}

export class Output {
  /** Lines that are no JSON: a warning, a stack, an uncaught error. */
  readonly strange: string[] = [];
  /** Lines that hold words of a question or an answer. */
  readonly leaks: string[] = [];
  /** Lines that tell of a turn or a call whose end could not be stored, or not be written. */
  readonly losses: string[] = [];
  /** Lines that say `internal_error`: nothing that a soak does may end in one. */
  readonly internalErrors: string[] = [];
  /** Lines about turns that asked a model, by request id. */
  readonly turnLines = new Map<string, number>();
  /** What is said of calls, by their ids. */
  readonly callLines = new Map<string, CallLines>();
  /** Ids of turns and calls whose models were chosen from a registry known to be old. */
  readonly stale = new Set<string>();
  lines = 0;

  /** Takes a line of a function's. */
  take(from: string, line: string): void {
    if (line === "") return;
    this.lines++;
    const told = `${from}: ${line.slice(0, 500)}`;
    if (line.includes(userWord) || line.includes(answerWords)) this.leaks.push(told);
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(line);
    } catch {
      this.strange.push(told);
      return;
    }
    if (lossEvents.includes(String(entry["event"]))) this.losses.push(told);
    if ([entry["error.type"], entry["code"]].includes("internal_error")) {
      this.internalErrors.push(told);
    }
    if (entry["event"] !== "turn" && entry["event"] !== "call") return;
    const requestId = String(entry["request_id"]);
    if (entry["switchboard.registry_stale"] === true) this.stale.add(requestId);
    if (entry["event"] === "call") {
      const lines = (this.callLines.get(requestId)?.lines ?? 0) + 1;
      this.callLines.set(requestId, {
        from,
        persisted: entry["switchboard.persisted"] === true,
        lines,
      });
      return;
    }
    if (entry["switchboard.outcome"] === "repeated") return;
    this.turnLines.set(requestId, (this.turnLines.get(requestId) ?? 0) + 1);
  }

  /** Takes a line of the stack's, which carries the name of the function that printed it. */
  takeFromStack(line: string): void {
    const match = /^\[(chat|openai|anthropic|manage-bedrock-models)\] (.*)$/.exec(line);
    if (match?.[1] && match[2]) this.take(`the stack's ${match[1]}`, match[2]);
  }
}
