import { expect } from "@std/expect";
import { testFiles } from "./test_files.ts";
import { testSets } from "./test_set.ts";

const files = testFiles("tests");
const sets = testSets(files);
const titlesOf = (file: string) =>
  sets.filter((set) => set.files.includes(file)).map(({ title }) => title);

Deno.test("testSets() leaves no test file out", () => {
  expect(files.filter((file) => titlesOf(file).length === 0)).toEqual([]);
});

Deno.test("testSets() runs what the functions run on either Deno, and all else once", () => {
  expect(titlesOf("tests/support/test_set_test.ts")).toEqual(["modules"]);
  expect(titlesOf("tests/supabase/functions/model_ids_test.ts"))
    .toEqual(["modules", "functions, hosted Deno"]);
  expect(titlesOf("tests/end_to_end/chat_test.ts"))
    .toEqual(["end to end, hosted Deno", "end to end"]);
  expect(titlesOf("tests/end_to_end/outage_test.ts")).toEqual(["end to end, hosted Deno"]);
  expect(titlesOf("tests/end_to_end/console_switch_test.ts")).toEqual(["console"]);
  expect(titlesOf("tests/end_to_end/switch_bedrock_model_script_test.ts"))
    .toEqual(["command and documents"]);
  const twice = files.filter((file) => titlesOf(file).length > 1);
  expect(twice.filter((file) => !/^tests\/(supabase\/functions|end_to_end)\//.test(file)))
    .toEqual([]);
});
