import { expect } from "@std/expect";
import { base64, gif, jpeg, pdf, png, webp } from "../../support/media.ts";
import { assistant, claude, converse, modelError, nova, served, user } from "./support.ts";

const text = { text: "What is this?" };
const image = (format: string, bytes: Uint8Array) => ({
  image: { format, source: { bytes: base64(bytes) } },
});
const document = (format: string, bytes: Uint8Array | string, name = "document 1") => ({
  document: {
    format,
    name,
    source: { bytes: base64(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes) },
  },
});
const claudeImage = (type: string, bytes: Uint8Array) => ({
  type: "image",
  source: { type: "base64", media_type: type, data: base64(bytes) },
});
const claudeText = { type: "text", text: "What is this?" };
const ask = (...content: unknown[]) => ({ messages: [user(...content, text)] });

Deno.test("an image is what its type says, in every format", () => {
  for (
    const [format, bytes] of [["png", png()], ["jpeg", jpeg()], ["gif", gif()], [
      "webp",
      webp(),
    ]] as const
  ) {
    expect(converse(ask(image(format, bytes)))).toBeNull();
    expect(nova(ask(image(format, bytes)))).toBeNull();
    expect(claude({ messages: [user(claudeImage(`image/${format}`, bytes))] })).toBeNull();
  }
  const wrong =
    "The image was specified using the image/png media type, but the image appears to be a image/jpeg image";
  expect(converse(ask(image("png", jpeg()))))
    .toBe(`${modelError}messages.0.content.0.image.source.bytes: ${wrong}`);
  expect(claude({ messages: [user(claudeImage("image/png", jpeg()))] }))
    .toBe(`messages.0.content.0.image.source.base64: ${wrong}`);
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>');
  for (const bytes of [svg, new Uint8Array(), png().subarray(0, 20), png({ width: 0 })]) {
    if (bytes.length === 0) continue;
    expect(nova(ask(image("png", bytes)))).toContain("Could not process image");
  }
  expect(claude({ messages: [user(claudeImage("image/svg+xml", svg))] })).not.toBeNull();
  expect(converse(ask(image("bmp", png())))).toContain("Member must satisfy enum value set");
});

Deno.test("images are limited in bytes, pixels and number by the way of calling", () => {
  const large = png({ bytes: 3_932_161 });
  expect(converse(ask(image("png", large.subarray(0, 3_932_160))))).toBeNull();
  expect(converse(ask(image("png", large)))).toBe(
    `${modelError}messages.0.content.0.image.source.bytes: image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes`,
  );
  expect(converse(ask(image("png", large)), served("Nova Lite"))).toContain(
    "image exceeds 3.75 MB maximum: 3932161 bytes > 3932160 bytes",
  );
  const own = (bytes: number) => ({ messages: [user(claudeImage("image/png", png({ bytes })))] });
  expect(claude(own(5_242_880))).toBeNull();
  expect(claude(own(5_242_881))).toBe(
    "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 5242881 bytes > 5242880 bytes",
  );

  const wide = jpeg({ width: 8_001, comment: 3_000 });
  expect(converse(ask(image("jpeg", wide)))).toContain(
    "At least one of the image dimensions exceed max allowed size: 8000 pixels",
  );
  const many = Array.from({ length: 21 }, () => image("webp", webp(8_000, 8_000)));
  expect(converse(ask(...many.slice(1)))).toBeNull();
  expect(converse(ask(...many)))
    .toBe(`${modelError}messages: too many images and documents: 21 + 0 > 20`);
  expect(converse(ask(...many), served("Pixtral Large")))
    .toBe("You can't include more than 20 images in a request.");
});

Deno.test("a text-only model takes no image and no document, and results hold images where the row says so", () => {
  const micro = served("Nova Micro");
  expect(nova(ask(image("png", png())), micro))
    .toBe("This model doesn't support image or video content.");
  expect(converse(ask(image("png", png())), micro))
    .toBe("This model doesn't support the image field. Remove it and try again.");
  expect(converse(ask(document("pdf", pdf())), served("gpt-oss-20b")))
    .toBe("This model doesn't support the document field. Remove it and try again.");

  const messages = (id: string) => [
    user(text),
    assistant({ toolUse: { toolUseId: id, name: "draw", input: {} } }),
    user({ toolResult: { toolUseId: id, content: [image("png", png())] } }),
  ];
  const toolConfig = {
    tools: [{ toolSpec: { name: "draw", inputSchema: { json: { type: "object" } } } }],
  };
  expect(converse({ messages: messages("a"), toolConfig })).toBeNull();
  expect(nova({ messages: messages("a"), toolConfig })).toBeNull();
  expect(converse({ messages: messages("abcdefghi"), toolConfig }, served("Pixtral Large")))
    .toContain("in tool results");
});

Deno.test("images and documents are the user's only", () => {
  const messages = [user(text), assistant(image("png", png()))];
  expect(converse({ messages }))
    .toBe("The image field is allowed in messages of the user role only.");
  expect(nova({ messages })).toBe("The image field is allowed in messages of the user role only.");
});

Deno.test("Converse takes five documents of 4.5 MB, with names of its own, and text beside them", () => {
  const names =
    "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.";
  for (const name of ["lab report (2) [final]_v-1"]) {
    expect(converse(ask(document("pdf", pdf(), name)))).toBeNull();
  }
  for (const name of ["report.pdf", "Befund März", "a  b", "a\tb", "a\u3000b", "it's"]) {
    expect([name, converse(ask(document("pdf", pdf(), name)))]).toEqual([name, names]);
  }
  expect(converse(ask(document("pdf", pdf(), "")))).toContain("greater than or equal to 1");
  expect(converse(ask(document("pdf", pdf()), document("txt", "Hi"))))
    .toContain("Messages can't contain duplicate document names.");
  const six = Array.from({ length: 6 }, (_, at) => document("md", "# Hi", `document ${at}`));
  expect(converse(ask(...six))).toBe("You can't include more than 5 documents in a request.");
  expect(converse(ask(...six.slice(1)))).toBeNull();
  expect(converse({ messages: [user(document("csv", "a,b"))] }))
    .toBe("A message with a document must have a text block beside it.");
  expect(converse(ask(document("txt", "x".repeat(4_718_593))))).toContain("4718593 bytes");
});

Deno.test("a document begins as its format does, and text is UTF-8", () => {
  const zip = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]);
  const ole = new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0, 0]);
  for (
    const [format, bytes] of [["docx", zip], ["xlsx", zip], ["doc", ole], ["xls", ole]] as const
  ) {
    expect([format, converse(ask(document(format, bytes)))]).toEqual([format, null]);
    expect(converse(ask(document(format, pdf())))).toContain(`not a valid ${format} file`);
  }
  expect(converse(ask(document("pdf", zip)))).toContain("The PDF specified was not valid.");
  expect(converse(ask(document("txt", new Uint8Array([0xff, 0xfe, 0x00]))))).toContain("txt file");
});

Deno.test("Claude's own body takes PDF and text as documents, Nova's takes none", () => {
  const own = (source: object) => ({ messages: [user({ type: "document", source }, claudeText)] });
  const data = base64(pdf());
  expect(claude(own({ type: "base64", media_type: "application/pdf", data }))).toBeNull();
  expect(claude(own({ type: "text", media_type: "text/plain", data: "Hi" }))).toBeNull();
  expect(claude(own({ type: "base64", media_type: "text/csv", data }))).not.toBeNull();
  expect(nova(ask(document("pdf", pdf()))))
    .toContain("#/messages/0/content/0: extraneous key [document] is not permitted");
});
