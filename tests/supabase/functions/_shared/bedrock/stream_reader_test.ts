/** Every stream is read here without a network: cut, damaged and split at every place. */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import fc from "fast-check";
import { guardCall } from "../../../../../supabase/functions/_shared/bedrock/call_guard.ts";
import { ReadAhead } from "../../../../../supabase/functions/_shared/bedrock/read_ahead.ts";
import {
  readEvents,
  type StreamEnd,
} from "../../../../../supabase/functions/_shared/bedrock/stream_reader.ts";
import {
  AppError,
  type ErrorCode,
} from "../../../../../supabase/functions/_shared/core/app_error.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import { formats } from "../../../../../supabase/functions/_shared/formats/formats.ts";
import type { StreamFixture } from "../formats/stream_fixture.ts";
import { streamFixtures } from "../formats/stream_fixtures.ts";
import { framesOf, joined } from "./stream_bytes.ts";
import { modelRequest } from "../formats/model_request.ts";
import { textsOf } from "../texts_of.ts";

interface Reading {
  readonly texts: readonly string[];
  /** What came of it: the answer, or the code of the error that ended the texts. */
  readonly outcome: unknown;
  readonly partialText: string;
  /** What was told of the end. */
  readonly ends: readonly StreamEnd["kind"][];
}

/** Reads a body whose network brings `parts`. */
async function read(
  { format }: StreamFixture,
  parts: readonly Uint8Array<ArrayBuffer>[],
): Promise<Reading> {
  const limits = { firstEventMs: 10_000, idleMs: 10_000, composingIdleMs: 10_000, totalMs: 10_000 };
  const guard = guardCall({ firstByteMs: 10_000, totalMs: 10_000 });
  const decoder = formats[format].createStreamDecoder(modelRequest());
  let next = 0;
  const opened = {
    headers: {},
    body: new ReadAhead({ read: () => Promise.resolve(parts[next++] ?? null) }),
    kind: format === "converse" ? "named-events" : "chunks",
  } as const;
  const texts: string[] = [];
  const ends: StreamEnd["kind"][] = [];
  let outcome: unknown;
  try {
    const reading = {
      decoder,
      modelId: "vendor.model-v1",
      guard,
      limits,
      waitedMs: 0,
      now,
      onEnd: ({ kind }: StreamEnd) => void ends.push(kind),
    };
    const events = readEvents(opened, reading);
    for await (const text of textsOf({ events })) texts.push(text);
    outcome = decoder.finish();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    outcome = error.code;
  } finally {
    guard.stop();
  }
  return { texts, outcome, partialText: textOf(decoder.partial().blocks), ends };
}

const now = () => performance.now();
const truncated: ErrorCode = "bedrock_stream_truncated";

for (const fixture of streamFixtures) {
  const answer = formats[fixture.format].decodeResponse(fixture.body, modelRequest());
  const bytes = joined(framesOf(fixture));

  Deno.test(`a whole stream gives the whole answer (${fixture.name})`, async () => {
    const { texts, outcome, ends } = await read(fixture, [bytes]);
    expect(outcome).toEqual(answer);
    expect(ends).toEqual(["complete"]);
    expect(texts.join("")).toBe(textOf(answer.blocks));
    for (const text of texts) expect(text).not.toBe("");
  });

  Deno.test(`a stream cut at any byte has no proper end (${fixture.name})`, async () => {
    const whole = textOf(answer.blocks);
    for (let length = 0; length < bytes.length; length++) {
      const { texts, outcome, partialText, ends } = await read(fixture, [bytes.slice(0, length)]);
      if (outcome !== truncated) throw new Error(`Cut at byte ${length}: ${outcome}`);
      expect(ends).toEqual(["broken"]);
      const given = texts.join("");
      if (partialText !== given || !whole.startsWith(given)) {
        throw new Error(`Cut at byte ${length}: gave "${given}", kept "${partialText}"`);
      }
    }
  });

  Deno.test(`a stream damaged in any third byte has no proper end (${fixture.name})`, async () => {
    for (let at = 0; at < bytes.length; at += 3) {
      const bad = bytes.slice();
      bad[at]! ^= 1 << (at % 8);
      const { texts, outcome } = await read(fixture, [bad]);
      if (outcome !== "bedrock_stream_corrupt") throw new Error(`Damaged at ${at}: ${outcome}`);
      expect(textOf(answer.blocks).startsWith(texts.join(""))).toBe(true);
    }
  });

  Deno.test(`a stream gives the same however the network splits it (${fixture.name})`, async () => {
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        const parts = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
        const { texts, outcome } = await read(fixture, parts);
        expect(outcome).toEqual(answer);
        expect(texts.join("")).toBe(textOf(answer.blocks));
      }),
      { numRuns: 30 },
    );
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect((await read(fixture, single)).outcome).toEqual(answer);
  });
}

Deno.test("bytes after the end that are no whole frame spoil the end", async () => {
  for (const fixture of streamFixtures) {
    const bytes = joined([...framesOf(fixture), Uint8Array.of(0)]);
    expect((await read(fixture, [bytes])).outcome).toBe(truncated);
  }
});
