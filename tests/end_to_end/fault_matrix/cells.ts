/** The cells of the matrix: every fault, in every format, at every place where it can happen. */
import { AppError, type ErrorCode } from "../../../supabase/functions/_shared/core/app_error.ts";
import type { FormatId } from "../../../supabase/functions/_shared/registry/model.ts";
import {
  type Fault,
  faultsAtFrame,
  faultsBeforeTheResponse,
  faultsInsideAFrame,
  faultsInTheFirstPiece,
  silence,
  type StandInFault,
} from "./faults.ts";

/** What is left of the answer when the fault has happened. */
export type Kept = "nothing" | "a-part" | "all";

export interface Cell {
  /** What is read in a failure: format, way, place and fault. */
  readonly name: string;
  /** A model of its own, so that neither faults nor the breaker's memory meet another cell. */
  readonly modelId: string;
  readonly format: FormatId;
  readonly streaming: boolean;
  /** Set for the model, together with an exact answer for each call. */
  readonly fault: StandInFault;
  /** How many calls meet the fault. */
  readonly times: number;
  /** Calls that the turn takes. */
  readonly calls: number;
  /** Null: the turn ends well, after another try. */
  readonly error: { readonly code: ErrorCode; readonly status: number } | null;
  readonly kept: Kept;
  /** Which counts the stream had told before it broke. */
  readonly known: { readonly input: boolean; readonly output: boolean };
  /** Whether the call that the turn ended with is in the ledger with tokens, told or estimated. */
  readonly billed: boolean;
  /** Calls before that one that are billed. */
  readonly unanswered: number;
}

/** What every model of the matrix answers: characters of one to four bytes, more than 30 frames. */
export const wholeAnswer = "Grüße aus 世界 👋🏽, und so geht es weiter. ".repeat(10);

interface Place {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly kept: Kept;
  readonly known: Cell["known"];
}

const nothingKnown = { input: false, output: false };

/**
 * Frames around the deltas: Nova and Converse begin with messageStart and end with
 * contentBlockStop, messageStop and metadata; Claude begins with message_start and
 * content_block_start and ends with content_block_stop, message_delta and message_stop.
 */
const framesAround = { nova: 4, claude: 5, converse: 4 } as const;

/** Code points of a delta of the stand-in's. */
const deltaLength = 12;
const deltas = Math.ceil([...wholeAnswer].length / deltaLength);

/** All cells of one format and way. */
export function cellsOf(format: FormatId, streaming: boolean): Cell[] {
  return cellsAtPlaces(format, streaming, placesOf(format, streaming));
}

/** The cells of faults that come instead of the response. */
export function cellsBeforeTheResponse(
  format: FormatId,
  streaming: boolean,
  faults: readonly Fault[],
): Cell[] {
  return cellsAtPlaces(format, streaming, [before(faults)]);
}

function placesOf(format: FormatId, streaming: boolean): readonly Place[] {
  return streaming ? streamPlaces(format, framesAround[format] + deltas) : [
    before(faultsBeforeTheResponse),
    {
      ...before(faultsInTheFirstPiece(40, false)),
      name: "in the body",
      // The headers tell both, and have come.
      known: { input: true, output: true },
    },
  ];
}

function cellsAtPlaces(
  format: FormatId,
  streaming: boolean,
  places: readonly Place[],
): Cell[] {
  return places.flatMap((place) => place.faults.flatMap((fault) => cellsAt(place, fault)))
    .map((cell, index) => ({
      ...cell,
      name: `${format}, ${streaming ? "streaming" : "plain"}, ${cell.name}`,
      modelId: `matrix.${format}-${streaming ? "stream" : "plain"}-${index}`,
      format,
      streaming,
    }));
}

function before(faults: readonly Fault[]): Place {
  return { name: "before the response", faults, kept: "nothing", known: nothingKnown };
}

function streamPlaces(format: FormatId, frames: number): Place[] {
  // Claude tells the input with its first frame, and the output before its last; the others tell
  // both with their last.
  const claude = format === "claude";
  const nothing = { kept: "nothing", known: nothingKnown } as const;
  const part = { kept: "a-part", known: { input: claude, output: false } } as const;
  return [
    before(faultsBeforeTheResponse),
    { name: "at the first frame", faults: faultsAtFrame(0), ...nothing },
    {
      name: "before the first word",
      faults: faultsAtFrame(1),
      kept: "nothing",
      known: { input: claude, output: false },
    },
    { name: "inside the first frame", faults: faultsInTheFirstPiece(30, true), ...nothing },
    { name: "mid-stream", faults: faultsAtFrame(8), ...part },
    { name: "mid-stream", faults: faultsInsideAFrame(3001), ...part },
    {
      name: "at the end",
      faults: faultsAtFrame(frames - 1),
      kept: "all",
      known: { input: claude, output: claude },
    },
  ];
}

function cellsAt({ name, kept, known }: Place, fault: Fault) {
  const emits = kept !== "nothing";
  const calls = emits ? 1 : fault.calls;
  const costs = fault.billed || known.input;
  const common = { fault: fault.fault, kept };
  const fails = {
    ...common,
    name: `${name}, ${fault.name}`,
    times: calls,
    calls,
    error: { code: fault.code, status: new AppError(fault.code).status },
    known,
    billed: costs || emits,
    unanswered: costs ? calls - 1 : 0,
  };
  // Once, where another try is allowed: the turn ends well.
  const recovers = {
    ...common,
    name: `${name}, ${fault.name}, once`,
    times: 1,
    calls: 2,
    error: null,
    kept: "all" as const,
    known: { input: true, output: true },
    billed: true,
    unanswered: costs ? 1 : 0,
  };
  return calls > 1 ? [fails, recovers] : [fails];
}

/** The cells that are about time, for a process whose turns have little of it. */
export function cellsOfTime(format: FormatId): Cell[] {
  const common = {
    format,
    times: 1,
    calls: 1,
    error: { code: silence.code, status: new AppError(silence.code).status },
    billed: true,
    unanswered: 0,
  };
  const nothing = { kept: "nothing", known: nothingKnown } as const;
  return [
    {
      ...common,
      ...nothing,
      name: `${format}, plain, ${silence.name}`,
      modelId: `matrix.${format}-plain-silence`,
      streaming: false,
      fault: silence.fault,
    },
    {
      ...common,
      ...nothing,
      name: `${format}, streaming, ${silence.name}`,
      modelId: `matrix.${format}-stream-silence`,
      streaming: true,
      fault: silence.fault,
    },
    {
      ...common,
      name: `${format}, streaming, mid-stream, too slow`,
      modelId: `matrix.${format}-stream-slow`,
      streaming: true,
      fault: { kind: "frame-latency", ms: 250 },
      kept: "a-part",
      known: { input: format === "claude", output: false },
    },
  ];
}
