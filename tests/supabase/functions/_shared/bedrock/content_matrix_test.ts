/**
 * Every kind of content, in the first, the middle and the last turn of a conversation, to every
 * kind of model in every format, plain and streamed, through the AWS SDK to the stand-in, which is
 * as strict as AWS: none is refused, the model is sent what it takes, as the log of its requests has
 * it, and what it does not take is counted.
 */
import "./node_crc32.ts";
import { expect } from "@std/expect";
import { AppError } from "../../../../../supabase/functions/_shared/core/app_error.ts";
import type { ModelAnswer } from "../../../../../supabase/functions/_shared/core/answer.ts";
import type {
  CacheMark,
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { textOf } from "../../../../../supabase/functions/_shared/core/content.ts";
import type { Asked } from "../../../../../supabase/functions/_shared/formats/model_format.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import {
  answerOf,
  image,
  pdf,
  text,
  textFile,
  toolResult,
  toolUse,
  user,
} from "../formats/blocks.ts";
import { bothWays, contentRows, plainly, prepared } from "./content_calls.ts";
import { importStandIn, type StandIn, withStandIn } from "./stand_in.ts";

const { redactThinking } = await importStandIn("answers/thinking_signature.ts");

/** Where the content stands in a conversation of three turns. */
const places = ["first", "middle", "last"] as const;
type Place = typeof places[number];

/** A kind of content, and how to tell that it arrived. */
interface Kind {
  readonly name: string;
  /** The turn that has it. The last one ends with the question. */
  turn(row: Model, place: Place, standIn: StandIn): Message[] | Promise<Message[]>;
  readonly asked?: Partial<Asked>;
  /** What the stand-in says that it was sent; null: nothing, as the model does not take it. */
  says(row: Model, place: Place): string | null;
  /** What the JSON of each body holds, or must not hold. */
  sent?(row: Model, turn: readonly Message[]): Sent;
  /** What is left out for a model that does not take it, where it is not in the question. */
  readonly leavesOut?: ContentBlock["type"];
}

interface Sent {
  readonly json: string;
  readonly isSent: boolean;
}

const always = (json: string) => (): Sent => ({ json, isSent: true });

const tools = [{
  name: "beds/find.one",
  description: "Finds a bed.",
  inputSchema: { type: "object", properties: { ward: { type: "string" } } },
}];

function answered(row: Model, question: Message, place: Place): Message[] {
  return place === "last" ? [question] : [question, answerOf(row.model_id, text("Yes."))];
}

function asking(name: string, blocks: readonly ContentBlock[], says: Kind["says"]): Kind {
  return {
    name,
    turn: (row, place) => answered(row, user(text(`A question with ${name}.`), ...blocks), place),
    says,
  };
}

/** A call of a tool and its result, which is the question in the last turn. */
function calling(name: string, result: Message, says: Kind["says"], json: string): Kind {
  return {
    name,
    sent: always(json),
    turn: (row, place) => [
      user(text("Find a bed.")),
      answerOf(row.model_id, text("I look."), toolUse("call.1", "beds/find.one", { ward: "B" })),
      ...answered(row, result, place),
    ],
    asked: { tools },
    says,
  };
}

/** What the model wrote itself, in an answer of an earlier turn. */
function thinking(name: string, blocks: (row: Model) => readonly ContentBlock[]): Kind {
  return {
    name,
    turn(row, place) {
      const earlier = [user(text("Think.")), answerOf(row.model_id, ...blocks(row))];
      return place === "last" ? [...earlier, user(text("And now?"))] : earlier;
    },
    asked: { effort: "low" },
    says: () => "Messages seen: ",
  };
}

/** As the stand-in serves it, without the prefix of its profile. */
function idOf({ model_id }: Model): string {
  return model_id.replace(/^eu\./, "");
}

/** Claude alone reads its own thinking again. */
function readsThinking({ model_id }: Model): boolean {
  return model_id.includes("claude");
}

/** Results are listed where they are the question. */
function resultSays(words: string): Kind["says"] {
  return (row, place) => place === "last" && row.capabilities.tools ? words : null;
}

/** More than the fewest tokens that any model caches. */
const longText = "Each ward has its own rules for visitors. ".repeat(700);
const marked = { cache: { ttl: null } satisfies CacheMark };

const kinds: readonly Kind[] = [
  {
    ...asking("text", [text("More text.")], () => "Messages seen: "),
    sent: always("More text."),
  },
  {
    ...asking("an image", [image()], (row) => row.capabilities.images ? "Images: 1 (png" : null),
    leavesOut: "image",
  },
  {
    ...asking(
      "a document",
      [pdf("Dr. O’Hara's  report.pdf")],
      (row) => row.capabilities.documents ? "Documents: 1 (" : null,
    ),
    leavesOut: "document",
  },
  {
    ...asking("a document of text", [textFile("The ward is full.")], () => null),
    // Converse takes it as a document, where the model has those.
    sent: ({ format, capabilities }) => ({
      json: format === "converse" && capabilities.documents
        ? btoa("The ward is full.")
        : "The ward is full.",
      isSent: true,
    }),
  },
  {
    ...asking("a mark for the cache", [{ ...text(longText), ...marked }], () => null),
    sent: ({ format, capabilities: { caching } }) => ({
      json: format === "claude" ? '"cache_control"' : '"cachePoint"',
      isSent: caching?.places.includes("messages") ?? false,
    }),
  },
  {
    ...thinking("thinking that is encrypted", (row) => [
      { type: "redacted-thinking", data: redactThinking(idOf(row), "Hm.") },
      text("Yes."),
    ]),
    sent: (row) => ({ json: redactThinking(idOf(row), "Hm."), isSent: readsThinking(row) }),
  },
  {
    ...thinking("a block of an unknown kind", () => [
      { type: "opaque", kind: "odd", value: { odd: "An odd value." } },
      text("Yes."),
    ]),
    sent: () => ({ json: "An odd value.", isSent: false }),
  },
  calling(
    "a result of a tool",
    user(toolResult("call.1", [text("Three beds.")])),
    resultSays("“Three beds.”"),
    "Three beds.",
  ),
  calling(
    "an empty result",
    user(toolResult("call.1", [])),
    resultSays("Results: 1 ("),
    "I look.",
  ),
  calling(
    "a failed result",
    user({ ...toolResult("call.1", [text("No.")]), isError: true }),
    resultSays(" failed: “No.”"),
    "No.",
  ),
  {
    ...calling(
      "an image in a result",
      user(toolResult("call.1", [text("See."), image()])),
      (row) => row.capabilities.images ? "Images: 1 (png" : null,
      "See.",
    ),
    leavesOut: "image",
  },
  {
    name: "thinking",
    // The model's own, of this conversation or of another: it knows its signature.
    async turn(row, place, standIn) {
      const thought = await plainly(standIn, prepared(row, { effort: "low" }));
      const earlier = [user(text("Think.")), answerOf(row.model_id, ...thought.blocks)];
      return place === "last" ? [...earlier, user(text("And now?"))] : earlier;
    },
    asked: { effort: "low" },
    says: () => "Messages seen: ",
    sent(_row, turn) {
      const thoughts = turn.flatMap(({ blocks }) => blocks).flatMap((block) =>
        block.type === "thinking" && block.signature !== null ? [block.signature] : []
      );
      return { json: thoughts[0] ?? "signature", isSent: thoughts.length > 0 };
    },
  },
];

function conversation(turn: readonly Message[], row: Model, place: Place): Message[] {
  const other = (words: string) => [user(text(words)), answerOf(row.model_id, text("Fine."))];
  switch (place) {
    case "first":
      return [...turn, ...other("Two"), user(text("Three"))];
    case "middle":
      return [...other("One"), ...turn, user(text("Three"))];
    case "last":
      return [...other("One"), ...other("Two"), ...turn];
    default:
      return place satisfies never;
  }
}

/** The answers in both ways; null where the model is not to be asked at all. */
async function answersOf(standIn: StandIn, row: Model, kind: Kind, place: Place) {
  const turn = await kind.turn(row, place, standIn);
  try {
    const request = prepared(row, {
      system: [text("You are brief.")],
      ...kind.asked,
      // Of a model without tools nothing is asked that needs them.
      ...row.capabilities.tools ? {} : { tools: [] },
      messages: conversation(turn, row, place),
    });
    return { turn, request, answers: await bothWays(standIn, request) };
  } catch (error) {
    if (error instanceof AppError && error.code === "modality_not_supported") return null;
    throw error;
  }
}

/** What the model does not see: media that it does not take, and thinking that it does not read. */
function lost(kind: Kind, words: string | null, turn: readonly Message[], row: Model): object {
  if (kind.leavesOut !== undefined && words === null) return { [kind.leavesOut]: 1 };
  const unread = turn.flatMap(({ blocks }) => blocks).find((block) =>
    block.type === "opaque" || block.type === "thinking" && block.signature === null ||
    block.type === "redacted-thinking" && !readsThinking(row)
  );
  return unread ? { [unread.type]: 1 } : {};
}

/** Both bodies are the same conversation; the log has their JSON. */
async function expectSent(standIn: StandIn, cell: string, wanted: Sent | undefined): Promise<void> {
  if (wanted === undefined) return;
  const bodies = (await standIn.control.requests()).slice(-2) as { body: unknown }[];
  const isSent = bodies.map(({ body }) => JSON.stringify(body).includes(wanted.json));
  expect({ cell, isSent }).toEqual({ cell, isSent: [wanted.isSent, wanted.isSent] });
}

function expectSaid(answer: ModelAnswer, words: string): void {
  expect(answer.stopReason).toBe("end_turn");
  expect(textOf(answer.blocks)).toContain(words);
}

for (const row of contentRows) {
  Deno.test(`every kind of content reaches ${row.model_id} as ${row.format}, wherever it stands`, async () => {
    await withStandIn(async (standIn) => {
      for (const kind of kinds) {
        for (const place of places) {
          const cell = `${kind.name}, ${place} turn`;
          const words = kind.says(row, place);
          const asked = await answersOf(standIn, row, kind, place);
          if (asked === null) {
            expect({ cell, words, place }).toEqual({ cell, words: null, place: "last" });
            continue;
          }
          const [plain, stream] = asked.answers as [ModelAnswer, ModelAnswer];
          expect({ cell, answer: stream }).toEqual({ cell, answer: plain });
          expectSaid(plain, words ?? "Messages seen: ");
          await expectSent(standIn, cell, kind.sent?.(row, asked.turn));
          expect({ cell, leftOut: asked.request.leftOut })
            .toEqual({ cell, leftOut: lost(kind, words, asked.turn, row) });
        }
      }
    });
  });
}
