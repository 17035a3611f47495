import { expect } from "@std/expect";
import { maxAttachedBytes, readAttachment } from "../../../console/src/chat/attachment.ts";
import { maxMediaBytes } from "../../../supabase/functions/_shared/media/check_media.ts";

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const file = (name: string, bytes: readonly number[] | string, type = "") =>
  new File([typeof bytes === "string" ? bytes : new Uint8Array(bytes)], name, { type });

Deno.test("readAttachment() tells a file's type by its bytes, whatever it is called", async () => {
  expect(await readAttachment(file("scan.jpg", png, "image/jpeg"))).toMatchObject({
    name: "scan.jpg",
    mediaType: "image/png",
    size: 8,
    data: "iVBORw0KGgo=",
  });
  expect(await readAttachment(file("report", "%PDF-1.7"))).toMatchObject({
    mediaType: "application/pdf",
  });
});

Deno.test("readAttachment() tells documents of text apart by their names", async () => {
  const type = async (name: string) => (await readAttachment(file(name, "a;b"))).mediaType;
  expect([await type("a.csv"), await type("a.MD"), await type("a.txt")])
    .toEqual(["text/csv", "text/markdown", "text/plain"]);
});

Deno.test("readAttachment() refuses what models do not take, and says what they do", async () => {
  const wrong = [
    file("drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    file("photo.png", "no picture"),
    file("letter.docx", "no archive"),
    file("program.exe", [0x4d, 0x5a, 0]),
  ];
  for (const one of wrong) {
    await expect(readAttachment(one)).rejects.toThrow(`${one.name} is neither a PNG, JPEG`);
  }
  await expect(readAttachment(file("empty.txt", ""))).rejects.toThrow("empty.txt is empty.");
});

Deno.test("readAttachment() refuses a file that chat would refuse for its size, unread", async () => {
  expect(maxAttachedBytes).toBe(maxMediaBytes);
  const large = { name: "scan.png", size: maxAttachedBytes + 1 } as File;
  await expect(readAttachment(large)).rejects.toThrow(
    "scan.png has 18 MB. The files of a question may have 18 MB together.",
  );
});
