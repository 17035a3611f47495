import { expect } from "@std/expect";
import { readQuestion } from "../../../../supabase/functions/manage-bedrock-models/read_question.ts";
import { base64, png } from "../_shared/media_files.ts";

const data = base64(png());
const source = { type: "base64", media_type: "image/png", data } as const;

Deno.test("readQuestion() makes a message of a text, and of blocks whose bytes are inline", () => {
  expect(readQuestion("How much?")).toEqual({
    role: "user",
    blocks: [{ type: "text", text: "How much?" }],
    modelId: null,
  });
  const csv = { type: "base64", media_type: "text/csv", data: btoa("a,b\n") } as const;
  const { blocks } = readQuestion([
    { type: "image", source },
    { type: "document", name: "a.csv", source: csv },
    { type: "text", text: "What is it?" },
  ]);
  expect(blocks).toEqual([
    { type: "image", mediaType: "image/png", source: { kind: "base64", data } },
    {
      type: "document",
      mediaType: "text/csv",
      name: "a.csv",
      source: { kind: "base64", data: csv.data },
    },
    { type: "text", text: "What is it?" },
  ]);
});

Deno.test("readQuestion() refuses files of users, results of tools and false types, by their place", () => {
  const text = { type: "text", text: "What is it?" } as const;
  const stored = { type: "storage", bucket: "scans", path: "a.png" } as const;
  const inline = /content\.1: a trial takes text, images and documents in the request itself/;
  expect(() => readQuestion([text, { type: "image", source: stored }])).toThrow(inline);
  expect(() => readQuestion([text, { type: "tool_result", tool_use_id: "a", content: "b" }]))
    .toThrow(inline);
  expect(() =>
    readQuestion([text, { type: "image", source: { ...source, media_type: "image/gif" } }])
  )
    .toThrow(/content\.1: declared as image\/gif, but the bytes are image\/png/);
});
