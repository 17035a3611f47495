import { join } from "node:path";
import { expect } from "@std/expect";
import { attachFile, readJsonFile } from "../../../local/client/attach_file.ts";
import { ClientError } from "../../../local/client/client_error.ts";

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Writes files into a folder of their own, which goes with the test. */
async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(folder, name), bytes);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("attachFile() makes a block of an image by its bytes, and of a document by its name, too", () =>
  withFiles({ "scan.jpg": png, "values.csv": "a,b" }, async (folder) => {
    expect(await attachFile({ kind: "image", path: "scan.jpg" }, folder)).toEqual({
      type: "image",
      source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
    });
    expect(await attachFile({ kind: "document", path: join(folder, "values.csv") }, "."))
      .toEqual({
        type: "document",
        name: "values.csv",
        source: { type: "base64", media_type: "text/csv", data: "YSxi" },
      });
  }));

Deno.test("attachFile() says which option is wrong, and what to use", () =>
  withFiles({ "a.png": "text", "b.pdf": "%PDF-1.7", "empty.txt": "" }, async (folder) => {
    const cases = [
      ["image", "a.png", "--image a.png: neither an image"],
      ["image", "b.pdf", "--image b.pdf: it is of type application/pdf; use --document."],
      ["document", "empty.txt", "--document empty.txt: the file is empty."],
      ["document", "none.txt", "--document none.txt: the file cannot be read"],
    ] as const;
    for (const [kind, path, message] of cases) {
      const refused = attachFile({ kind, path }, folder);
      await expect(refused).rejects.toThrow(ClientError);
      await expect(refused).rejects.toThrow(message);
    }
  }));

Deno.test("readJsonFile() says what is not JSON", () =>
  withFiles({ "schema.json": '{"type":"object"}', "broken.json": "{" }, async (folder) => {
    expect(await readJsonFile("--schema", "schema.json", folder)).toEqual({ type: "object" });
    await expect(readJsonFile("--schema", "broken.json", folder))
      .rejects.toThrow("--schema broken.json: not JSON: ");
  }));
