import { expect } from "@std/expect";
import { ClientError } from "../../../local/client/client_error.ts";
import {
  mergeSections,
  readSections,
  renameSection,
} from "../../../tools/install/config_sections.ts";
import { readSource } from "../../support/source_files.ts";

const own = readSections(readSource("supabase/config.toml"));
const [chat, manage] = own;
const host = readSource("tests/support/host_app/supabase/config.toml");
const asHelper = renameSection(chat!, "helper");

Deno.test("readSections() reads the sections of the functions", () => {
  expect(own.map(({ name }) => name))
    .toEqual(["chat", "manage-bedrock-models", "openai", "anthropic"]);
  expect(chat!.text).toContain("\n[functions.chat]\n");
  expect(manage!.text).toMatch(/^\[functions\.manage-bedrock-models\]\n/);
});

Deno.test("renameSection() renames the paths too", () => {
  expect(asHelper.text).toContain('entrypoint = "./functions/helper/index.ts"');
  expect(asHelper.text).not.toMatch(/functions[./]chat/);
});

Deno.test("mergeSections() adds sections at the end and keeps the rest to the letter", () => {
  const { text, added } = mergeSections(host, [asHelper, manage!], {});
  expect(added).toEqual(["helper", "manage-bedrock-models"]);
  expect(text).toBe(`${host}\n${asHelper.text}\n\n${manage!.text}\n`);
  expect(mergeSections(text, [asHelper, manage!], {}).text).toBe(text);
});

Deno.test("mergeSections() writes the line ends of the file, also where the last one is missing", () => {
  const windows = host.trimEnd().replaceAll("\n", "\r\n");
  const { text } = mergeSections(windows, [asHelper], {});
  expect(text.startsWith(`${windows}\r\n\r\n#`)).toBe(true);
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  const changed = { ...asHelper, text: asHelper.text.replace("enabled = true", "enabled = false") };
  const again = mergeSections(text, [changed], { helper: asHelper.text });
  expect(again.replaced).toEqual(["helper"]);
  expect(again.text).toBe(text.replace(/(\[functions\.helper\]\r\nenabled = )true/, "$1false"));
});

Deno.test("mergeSections() replaces a section only if it is as it was installed", () => {
  const { text } = mergeSections(host, [asHelper], {});
  const changed = { ...asHelper, text: `${asHelper.text}\nenv = { NAME = "$&" }` };
  const upgraded = mergeSections(text, [changed], { helper: asHelper.text });
  expect(upgraded.text).toBe(text.replace(asHelper.text, () => changed.text));
  const byHand = text.replace(/(\[functions\.helper\]\n)enabled = true/, "$1enabled = false");
  for (const installed of [{ helper: asHelper.text }, {}]) {
    const { left, text: kept } = mergeSections(byHand, [changed], installed);
    expect([left, kept]).toEqual([["helper"], byHand]);
  }
});

Deno.test("mergeSections() finds a section in every form of TOML, and leaves one that differs", () => {
  for (
    const config of [
      "functions.helper.verify_jwt = true\n",
      '[functions]\n"helper" = { verify_jwt = true }\n',
      '[ functions . "helper" ]\nverify_jwt = true\n',
    ]
  ) {
    const { left, text } = mergeSections(config, [asHelper], {});
    expect([left, text]).toEqual([["helper"], config]);
  }
});

Deno.test("mergeSections() refuses a config that it cannot read or add to", () => {
  expect(() => mergeSections("[api\n", [asHelper], {})).toThrow(ClientError);
  expect(() => mergeSections("functions = { a = { enabled = true } }\n", [asHelper], {}))
    .toThrow(ClientError);
});
