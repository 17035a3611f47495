/** What the first rows say that models accept, against what the stand-in accepts of them. */
import fc from "fast-check";
import { servedModels } from "../../../stand-in/models/served_models.ts";
import { registrySchema } from "../../../supabase/functions/_shared/registry/registry.ts";
import { withDatabase } from "../../support/test_database.ts";
import {
  anyCall,
  type CalledModel,
  prepare,
  read,
} from "../functions/_shared/formats/read_as_model.ts";

Deno.test("every model of the first rows accepts what is fitted to its row, whatever was asked", async () => {
  await withDatabase(async ({ sql }) => {
    const [found] = await sql`select public.read_registry() as registry`;
    const { models } = registrySchema.parse(found?.registry);
    const called = models.map((row): CalledModel => {
      const served = servedModels.find(({ id }) => row.model_id.endsWith(id));
      if (served === undefined) throw new Error(`the stand-in does not serve ${row.model_id}`);
      return { served, row };
    });
    fc.assert(
      fc.property(anyCall(called), ({ served, row, asked, settings }) => {
        read(prepare(row, asked, settings), served);
      }),
      { numRuns: 300 },
    );
  });
});
