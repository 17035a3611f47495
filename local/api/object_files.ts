import type { App } from "@supabase/lite";
import { createHash } from "node:crypto";
import { join } from "node:path";

type StorageAdapter = NonNullable<App["_storageAdapter"]>;
type ObjectMetadata = Awaited<ReturnType<StorageAdapter["headObject"]>>;

/**
 * Where the embedded Storage API keeps the bytes of objects: a file for each, beside one that says
 * what it is. Its name is made of bucket and key by a hash, so that no key leads out of the folder.
 */
export class ObjectFiles implements StorageAdapter {
  readonly driver = null;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async getObject(bucket: string, key: string) {
    const metadata = await this.headObject(bucket, key);
    const file = await Deno.open(this.#pathOf(bucket, key));
    return { metadata, httpStatusCode: 200, body: file.readable };
  }

  async uploadObject(
    bucket: string,
    key: string,
    _version: string | undefined,
    body: Parameters<StorageAdapter["uploadObject"]>[3],
    mimetype: string,
    cacheControl: string,
  ): Promise<ObjectMetadata> {
    await Deno.mkdir(this.#dir, { recursive: true });
    const path = this.#pathOf(bucket, key);
    const unfinished = `${path}.${crypto.randomUUID()}`;
    try {
      const source = body instanceof Uint8Array ? body : body as ReadableStream<Uint8Array>;
      await Deno.writeFile(unfinished, source);
      const { size } = await Deno.stat(unfinished);
      const metadata = {
        mimetype,
        cacheControl,
        size,
        contentLength: size,
        eTag: `"${crypto.randomUUID()}"`,
      };
      await Deno.writeTextFile(`${path}.json`, JSON.stringify(metadata));
      await Deno.rename(unfinished, path);
      return { ...metadata, lastModified: new Date(), httpStatusCode: 200 };
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  async headObject(bucket: string, key: string): Promise<ObjectMetadata> {
    const path = this.#pathOf(bucket, key);
    const metadata = JSON.parse(await Deno.readTextFile(`${path}.json`));
    const { mtime } = await Deno.stat(path);
    return { ...metadata, ...(mtime !== null && { lastModified: mtime }) };
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    const path = this.#pathOf(bucket, key);
    for (const file of [path, `${path}.json`]) {
      await Deno.remove(file).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  }

  async deleteObjects(bucket: string, keys: string[]): Promise<void> {
    for (const key of keys) await this.deleteObject(bucket, key);
  }

  async copyObject(
    bucket: string,
    key: string,
    _version: string | undefined,
    toBucket: string,
    toKey: string,
  ): Promise<ObjectMetadata> {
    const { mimetype, cacheControl } = await this.headObject(bucket, key);
    const bytes = await Deno.readFile(this.#pathOf(bucket, key));
    return await this.uploadObject(toBucket, toKey, undefined, bytes, mimetype, cacheControl);
  }

  privateAssetUrl(): Promise<string> {
    return Promise.reject(new Error("Images are not transformed here."));
  }

  #pathOf(bucket: string, key: string): string {
    return join(
      this.#dir,
      createHash("sha256").update(JSON.stringify([bucket, key])).digest("hex"),
    );
  }
}
