/** What the clients of a soak asked, and what they saw of it. */
import type { Persona } from "../support/project_client.ts";

/** How one request for a turn ended, in the eyes of who sent it. */
export type Sighting =
  /** The whole answer; of a stream, with the text that came before its `done`. */
  | {
    readonly kind: "finished";
    readonly messageId: string;
    readonly content: string;
    readonly status: string;
    readonly streamed: string | null;
    /** False where the client was told that the answer is not stored yet: it asks again. */
    readonly persisted: boolean;
  }
  /** An error event after some text. */
  | {
    readonly kind: "broken-off";
    readonly code: string;
    readonly streamed: string;
  }
  /** An error and no text. */
  | {
    readonly kind: "refused";
    readonly code: string;
    readonly retryable: boolean;
  }
  /** The connection ended before the turn did, of itself or because the client left. */
  | { readonly kind: "lost" };

export interface AskedTurn {
  readonly requestId: string;
  readonly persona: Persona;
  readonly body: Readonly<Record<string, unknown>>;
  readonly sightings: Sighting[];
}

/** A word of every question. It may appear in the database and in answers, and nowhere else. */
export const userWord = "Quokka";

/** What every answer of the stand-in says before it quotes the question. */
export const answerWords = "You wrote";

export class Ledger {
  readonly turns: AskedTurn[] = [];

  begin(persona: Persona, more: Readonly<Record<string, unknown>>): AskedTurn {
    const requestId = crypto.randomUUID();
    const message = `${userWord} ${requestId}: wie geht es dir, 世界 👋🏽?`;
    const body = { ...more, message, request_id: requestId };
    const turn = { requestId, persona, body, sightings: [] };
    this.turns.push(turn);
    return turn;
  }

  count(kind: Sighting["kind"]): number {
    return this.turns.flatMap(({ sightings }) => sightings)
      .filter((sighting) => sighting.kind === kind).length;
  }
}

/** Whether a client has heard all that there is to hear: another request would tell no more. */
export function isSettled({ sightings }: AskedTurn): boolean {
  return sightings.some((sighting) =>
    sighting.kind === "finished" && sighting.persisted ||
    sighting.kind === "refused" && !sighting.retryable
  );
}
