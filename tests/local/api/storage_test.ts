import { expect } from "@std/expect";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { join } from "node:path";
import { connect } from "../../../local/database/connect.ts";
import type { Stack } from "../../../local/stack.ts";
import { startFixtureStack, temporaryState } from "../temporary_stack.ts";

const session = { auth: { persistSession: false, autoRefreshToken: false } };

async function signUp({ apiUrl, keys }: Stack, email: string): Promise<SupabaseClient> {
  const client = createClient(apiUrl, keys.publishable, session);
  const { error } = await client.auth.signUp({ email, password: "password-of-a-test" });
  expect(error).toBe(null);
  return client;
}

/** A private bucket where each user has a folder. */
async function makeBucket({ dbUrl }: Stack): Promise<void> {
  const owner = connect(Number(new URL(dbUrl).port), "postgres");
  try {
    await owner.unsafe(`
      insert into storage.buckets (id, name, public) values ('scans', 'scans', false);
      create policy scans_own on storage.objects for all to authenticated
        using (bucket_id = 'scans' and (storage.foldername(name))[1] = (select auth.uid()::text))
        with check (bucket_id = 'scans' and (storage.foldername(name))[1] = (select auth.uid()::text));
    `);
  } finally {
    await owner.end({ timeout: 1 });
  }
}

const bytes = new Uint8Array([0x89, 0x50, 0, 255]);
const png = { contentType: "image/png" };

Deno.test("the embedded stack serves Storage under the policies of the project", async (test) => {
  await using state = await temporaryState();
  const stack = await startFixtureStack({ stateDir: state.dir });
  try {
    await makeBucket(stack);
    const owner = await signUp(stack, "owner@example.com");
    const other = await signUp(stack, "other@example.com");
    const service = createClient(stack.apiUrl, stack.keys.secret, session);
    const anon = createClient(stack.apiUrl, stack.keys.publishable, session);
    const id = (await owner.auth.getUser()).data.user?.id;
    const path = `${id}/a b/ü.png`;

    await test.step("a user writes and reads their own folder, byte by byte and by type", async () => {
      const { error } = await owner.storage.from("scans").upload(path, bytes, png);
      expect(error).toBe(null);
      const { data } = await owner.storage.from("scans").download(path);
      expect([new Uint8Array(await data!.arrayBuffer()), data?.type]).toEqual([bytes, "image/png"]);
    });
    await test.step("no other user reads or writes there, but a secret key does", async () => {
      for (const client of [other, anon]) {
        expect((await client.storage.from("scans").download(path)).data).toBe(null);
        expect((await client.storage.from("scans").upload(`${id}/x.png`, bytes, png)).data)
          .toBe(null);
      }
      expect((await service.storage.from("scans").download(path)).data?.size).toBe(4);
    });
    await test.step("an object is replaced only where that is asked for", async () => {
      const again = new Uint8Array([1]);
      expect((await owner.storage.from("scans").upload(path, again, png)).data).toBe(null);
      const upsert = { ...png, upsert: true };
      expect((await owner.storage.from("scans").upload(path, again, upsert)).error).toBe(null);
      expect((await owner.storage.from("scans").download(path)).data?.size).toBe(1);
    });
    await test.step("no key leads out of the folder of the files", async () => {
      for (const key of ["../../lock", `${id}/../../../x`, "/etc/passwd"]) {
        const { data } = await service.storage.from("scans").upload(key, bytes, png);
        if (data === null) continue;
        expect((await service.storage.from("scans").remove([data.path])).error).toBe(null);
      }
      const names = [...Deno.readDirSync(join(state.dir, "files"))].map(({ name }) => name);
      expect(names.every((name) => /^[0-9a-f]{64}(\.json)?$/.test(name))).toBe(true);
    });
    await test.step("a folder is listed as the hosted Storage lists it: what lies in it, by name", async () => {
      const scans = service.storage.from("scans");
      for (const name of ["a.png", "deep/b.png"]) await scans.upload(`${id}/${name}`, bytes, png);
      await scans.upload(`${id}x/c.png`, bytes, png);
      const { data } = await scans.list(`${id}/`);
      expect(data?.map(({ name, id }) => [name, id === null])).toEqual([
        ["a b", true],
        ["a.png", false],
        ["deep", true],
      ]);
      await scans.remove([`${id}/a.png`, `${id}/deep/b.png`, `${id}x/c.png`]);
    });
    await test.step("an object that is removed is gone, with its file", async () => {
      expect((await owner.storage.from("scans").remove([path])).error).toBe(null);
      expect((await owner.storage.from("scans").download(path)).data).toBe(null);
      expect([...Deno.readDirSync(join(state.dir, "files"))]).toEqual([]);
    });
  } finally {
    await stack.stop();
  }
});
