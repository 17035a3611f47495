import { expect } from "@std/expect";
import { z } from "zod";
import { Reading } from "../../../../../supabase/functions/_shared/dialects/reading.ts";

Deno.test("Reading keeps the names of the first twenty members that it ignores", () => {
  const reading = new Reading();
  const names = Array.from({ length: 45 }, (_, index) => `x_${index}`);
  reading.read(z.object({}), Object.fromEntries(names.map((name) => [name, 1])), "");
  expect(reading.ignored).toEqual(names.slice(0, 20));
});
