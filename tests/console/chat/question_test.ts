import { expect } from "@std/expect";
import {
  plainSettings,
  type Question,
  readTools,
  toRequest,
  toTrialContent,
} from "../../../console/src/chat/question.ts";
import { chatRequestSchema } from "../../../supabase/functions/_shared/contract/chat_request.ts";

const plain: Question = {
  text: "Is this a rash?",
  attachments: [],
  results: [],
  modelId: null,
  settings: plainSettings,
};
const image = { id: "1", name: "rash.png", mediaType: "image/png", size: 3, data: "AAAA" } as const;
const pdf = {
  id: "2",
  name: "lab report.pdf",
  mediaType: "application/pdf",
  size: 3,
  data: "BBBB",
} as const;

Deno.test("toRequest() sends text alone as a message", () => {
  expect(toRequest(plain)).toEqual({ message: "Is this a rash?" });
});

Deno.test("toTrialContent() sends text alone as text, and with files as blocks", () => {
  expect(toTrialContent("Is this a rash?", [])).toBe("Is this a rash?");
  expect(toTrialContent("Is this a rash?", [image])).toEqual([
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
    { type: "text", text: "Is this a rash?" },
  ]);
});

Deno.test("toRequest() sends results first, then files, then the text, as chat takes them", () => {
  const request = toRequest({
    ...plain,
    attachments: [image, pdf],
    results: [{ toolUseId: "t", text: "none", isError: true }],
    settings: {
      effort: "low",
      thinking: true,
      tools: [{ name: "book", input_schema: { type: "object" } }],
    },
  });
  expect(request.content).toEqual([
    { type: "tool_result", tool_use_id: "t", content: "none", is_error: true },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
    {
      type: "document",
      name: "lab report.pdf",
      source: { type: "base64", media_type: "application/pdf", data: "BBBB" },
    },
    { type: "text", text: "Is this a rash?" },
  ]);
  expect(chatRequestSchema.safeParse(request).success).toBe(true);
});

Deno.test("toRequest() sends no blank text beside files", () => {
  expect(toRequest({ ...plain, text: "  ", attachments: [image] }).content).toHaveLength(1);
});

Deno.test("readTools() takes a list of tools or nothing, and says what else it found", () => {
  expect(readTools(" ")).toEqual([]);
  const tool = { name: "book", input_schema: { type: "object" } };
  expect(readTools(JSON.stringify([tool]))).toEqual([tool]);
  expect(() => readTools("[{")).toThrow(/^This is not JSON: /);
  for (const wrong of [tool, [{ name: "book" }], [null], "tools"]) {
    expect(() => readTools(JSON.stringify(wrong))).toThrow("a name and an input_schema");
  }
});
