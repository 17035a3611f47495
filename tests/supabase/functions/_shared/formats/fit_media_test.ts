import { expect } from "@std/expect";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { fitMedia } from "../../../../../supabase/functions/_shared/formats/fit_media.ts";
import { countLeftOut } from "../../../../../supabase/functions/_shared/formats/left_out.ts";
import type { Model } from "../../../../../supabase/functions/_shared/registry/model.ts";
import { answerOf, image, pdf, text, textFile, toolResult, user } from "./blocks.ts";
import { claudeCapabilities, claudeRow, novaRow } from "./capable_models.ts";

/** The blocks of the user's messages, with answers between them. */
function fit(model: Model, ...said: ContentBlock[][]) {
  const { leaveOut, leftOut } = countLeftOut();
  const messages = said.flatMap((blocks, index): Message[] =>
    index === 0 ? [user(...blocks)] : [answerOf("m", text("Yes")), user(...blocks)]
  );
  const fitted = fitMedia(messages, said.at(-1) ?? [], model, leaveOut);
  return {
    said: fitted.filter(({ role }) => role === "user").map(({ blocks }) => blocks),
    leftOut: leftOut(),
  };
}

const textOnly = claudeRow({ images: undefined, documents: undefined });
const limits = claudeCapabilities.images;

Deno.test("fitMedia() leaves what the model takes as it is", () => {
  const first = [image(), text("See")];
  const second = [toolResult("a", [image(), text("A chart")]), image()];
  expect(fit(claudeRow(), first, second)).toEqual({ said: [first, second], leftOut: {} });
});

Deno.test("fitMedia() puts words where the history has what the model does not take", () => {
  const { said, leftOut } = fit(textOnly, [image(), pdf(), text("See")], [text("And now?")]);
  expect(said[0]).toEqual([
    text("[image left out]"),
    text("[document left out: report.pdf]"),
    text("See"),
  ]);
  expect(leftOut).toEqual({ image: 1, document: 1 });
});

Deno.test("fitMedia() judges type, size and number, and keeps the newest", () => {
  const model = claudeRow({
    images: limits && { ...limits, max_count: 2, max_bytes: 1000, types: ["image/png"] },
  });
  const other = { ...image(), mediaType: "image/gif" } as const;
  const { said, leftOut } = fit(
    model,
    [image(), other, image("A".repeat(1400)), text("1")],
    [image(), text("2")],
    [image(), text("3")],
  );
  const gone = text("[image left out]");
  expect(said).toEqual([[gone, gone, gone, text("1")], [image(), text("2")], [image(), text("3")]]);
  expect(leftOut).toEqual({ image: 3 });
});

Deno.test("fitMedia() leaves out what is too large in pixels, where its header tells", () => {
  const model = (max_side: number | null) =>
    claudeRow({ images: limits && { ...limits, max_side } });
  // A PNG of 8001 pixels to 1.
  const wide = image(btoa("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1f\x41\0\0\0\x01"));
  const ask = (model: Model) => fit(model, [wide, text("1")], [text("2")]).said[0]?.[0];
  expect(ask(model(8000))).toEqual(text("[image left out]"));
  expect(ask(model(8001))).toEqual(wide);
  expect(ask(model(null))).toEqual(wide);
});

Deno.test("fitMedia() leaves out what lies in Storage still", () => {
  const source = { kind: "storage", bucket: "b", path: "p", size: 9 } as const;
  const { said, leftOut } = fit(claudeRow(), [{ ...image(), source }], [text("And now?")]);
  expect(said[0]).toEqual([text("[image left out]")]);
  expect(leftOut).toEqual({ image: 1 });
});

Deno.test("fitMedia() refuses to leave out the question's own", () => {
  const six = Array.from({ length: 6 }, () => pdf());
  const questions: [Model, ContentBlock[], string][] = [
    [textOnly, [image()], "takes no images"],
    [textOnly, [toolResult("a", [image()])], "takes no images"],
    [textOnly, [pdf()], "takes no documents"],
    [claudeRow(), [{ ...image(), mediaType: "image/webp" }], ""],
    [
      claudeRow(),
      [image("A".repeat(5_000_004))],
      "takes images of at most 3750000 bytes; one has 3750003",
    ],
    [claudeRow(), six, "takes at most 5 documents"],
  ];
  for (const [model, blocks, why] of questions) {
    if (why === "") {
      expect(fit(model, blocks).said).toEqual([blocks]);
      continue;
    }
    expect(() => fit(model, [text("Before")], blocks)).toThrow(
      expect.objectContaining({
        code: "modality_not_supported",
        message: `The model "${model.model_id}" ${why}.`,
      }),
    );
  }
});

Deno.test("fitMedia() names documents neutrally and tells their owner's names beside them", () => {
  const { said } = fit(claudeRow(), [pdf("It's a  lab\treport.v2.pdf")], [pdf(), pdf(), text("?")]);
  expect(said).toEqual([
    [pdf("document 1"), text("[document 1: It's a lab report.v2.pdf]")],
    [
      pdf("document 2"),
      text("[document 2: report.pdf]"),
      pdf("document 3"),
      text("[document 3: report.pdf]"),
      text("?"),
    ],
  ]);
  expect(fit(claudeRow(), ...said.map((blocks) => [...blocks])).said).toEqual(said);
});

Deno.test("fitMedia() puts a text beside a document that has none", () => {
  expect(fit(claudeRow(), [pdf("document 1")]).said)
    .toEqual([[pdf("document 1"), text("[document 1]")]]);
});

Deno.test("fitMedia() turns a document of text into its text where the model takes no such document", () => {
  const inWords = text("[document: notes.txt]\nCreatinine 1.4");
  for (const model of [textOnly, novaRow()]) {
    expect(fit(model, [textFile("Creatinine 1.4"), text("?")]))
      .toEqual({ said: [[inWords, text("?")]], leftOut: {} });
    expect(fit(model, [toolResult("a", [textFile("Creatinine 1.4")])]).said)
      .toEqual([[toolResult("a", [inWords])]]);
  }
  expect(fit(claudeRow(), [textFile("Creatinine 1.4"), text("?")]).said[0]?.[0])
    .toEqual(textFile("Creatinine 1.4", "document 1"));
});

Deno.test("fitMedia() moves media beside the results that cannot hold them", () => {
  const results = [
    toolResult("a", [text("A chart"), image()]),
    toolResult("b", [pdf(), image()]),
  ];
  expect(fit(novaRow(), [...results, text("?")]).said[0]).toEqual([
    toolResult("a", [text("A chart"), text("[attachment 1, see below]")]),
    toolResult("b", [text("[attachment 2, see below]"), text("[attachment 3, see below]")]),
    text("[attachment 1]"),
    image(),
    text("[attachment 2]"),
    pdf("document 1"),
    text("[document 1: report.pdf]"),
    text("[attachment 3]"),
    image(),
    text("?"),
  ]);
});

Deno.test("fitMedia() moves a cache mark from a document to the text after it", () => {
  const cache = { ttl: null };
  const { said } = fit(claudeRow(), [{ ...pdf(), cache }, { ...image(), cache }]);
  expect(said[0]).toEqual([
    pdf("document 1"),
    { ...text("[document 1: report.pdf]"), cache },
    { ...image(), cache },
  ]);
});
