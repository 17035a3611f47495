import { z } from "zod";
import { AppError } from "../core/app_error.ts";
import { ByteReader, joinBytes } from "../core/byte_reader.ts";

/** As Storage lists objects, and folders, which have no id. */
const entriesSchema = z.array(
  z.object({ name: z.string(), id: z.string().nullable().optional() }),
);

/** As Storage names the objects that it has removed. */
const removedSchema = z.array(z.object({ name: z.string() }));

/** Most objects that one call lists or removes. */
export const mostAtOnce = 500;

/** An object of Supabase Storage. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly path: string;
}

/** What lies directly in a folder of a bucket, by the last part of its path. */
export interface Listing {
  readonly objects: readonly string[];
  readonly folders: readonly string[];
}

/** An object's bytes, and the type that it was uploaded as. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Without parameters, in lower case; empty where there is none. */
  readonly contentType: string;
}

export interface ObjectStoreOptions {
  /** The project's URL. */
  readonly url: string;
  /** A secret key, or the legacy `service_role` key. */
  readonly secretKey: string;
  /** Sent beside a user's token, which decides; null where the project has none. */
  readonly publicKey: string | null;
  /** Most milliseconds of one call. Default: 10,000. */
  readonly timeoutMs?: number;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * The objects of Supabase Storage, by its HTTP API.
 *
 * @see https://supabase.com/docs/reference/self-hosting-storage/introduction
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
  }

  /**
   * Reads an object.
   *
   * @param token of the user with whose rights it is read; null: with the secret key
   * @param count told of bytes as they come; what it throws ends the reading
   * @returns null where there is none or it may not be read, which Storage does not tell apart
   * @throws {AppError} `storage_unavailable`
   */
  async read(
    place: ObjectPlace,
    token: string | null,
    count: (bytes: number) => void,
  ): Promise<StoredObject | null> {
    if (!isPlain(place)) return null;
    return await this.#call(place, token, { method: "GET" }, async (response) => {
      const bytes = await readBytes(response, count);
      const type = response.headers.get("content-type") ?? "";
      return { bytes, contentType: type.replace(/;.*/s, "").trim().toLowerCase() };
    });
  }

  /**
   * Writes an object, in place of one that is there, with the secret key.
   *
   * @throws {AppError} `storage_unavailable`, also where Storage refuses it
   */
  async write(place: ObjectPlace, bytes: Uint8Array, contentType: string): Promise<void> {
    const written = await this.#call(
      place,
      null,
      {
        method: "POST",
        headers: { "content-type": contentType, "x-upsert": "true" },
        body: bytes as BodyInit,
      },
      async (response) => await response.body?.cancel() ?? true,
    );
    if (written === null) throw unavailable(new Error("Storage refuses the object"));
  }

  /**
   * Removes objects, with the secret key. What is not there counts as removed.
   *
   * @param paths 1 to {@linkcode mostAtOnce}
   * @returns the paths of those that were there
   * @throws {AppError} `storage_unavailable`, also where Storage refuses it
   */
  async remove(bucket: string, paths: readonly string[]): Promise<readonly string[]> {
    const removed = await this.#send(
      `object/${encodeURIComponent(bucket)}`,
      null,
      { method: "DELETE", headers: jsonHeaders, body: JSON.stringify({ prefixes: paths }) },
      async (response) => removedSchema.parse(await response.json()),
    );
    if (removed === null) throw unavailable(new Error("Storage does not remove the objects"));
    return removed.map(({ name }) => name);
  }

  /**
   * What lies directly in a folder, with the secret key; at most {@linkcode mostAtOnce}.
   *
   * @param folder its path, without a slash at the end
   * @throws {AppError} `storage_unavailable`, also where Storage refuses it
   */
  async list(bucket: string, folder: string): Promise<Listing> {
    const entries = await this.#send(
      `object/list/${encodeURIComponent(bucket)}`,
      null,
      {
        method: "POST",
        headers: jsonHeaders,
        body: JSON.stringify({
          prefix: `${folder}/`,
          limit: mostAtOnce,
          offset: 0,
          sortBy: { column: "name", order: "asc" },
        }),
      },
      async (response) => entriesSchema.parse(await response.json()),
    );
    if (entries === null) throw unavailable(new Error("Storage does not list the folder"));
    const named = (isFolder: boolean) =>
      entries.filter(({ id = null }) => (id === null) === isFolder).map(({ name }) => name);
    return { objects: named(false), folders: named(true) };
  }

  async #call<T>(
    { bucket, path }: ObjectPlace,
    token: string | null,
    request: StorageRequest,
    read: (response: Response) => Promise<T>,
  ): Promise<T | null> {
    // Without the route's own word, a bucket could be called as another route, such as `public`.
    const route = request.method === "GET" ? "object/authenticated" : "object";
    const object = [bucket, ...path.split("/")].map(encodeURIComponent).join("/");
    return await this.#send(`${route}/${object}`, token, request, read);
  }

  async #send<T>(
    route: string,
    token: string | null,
    request: StorageRequest,
    read: (response: Response) => Promise<T>,
  ): Promise<T | null> {
    const { url, secretKey, publicKey, timeoutMs = 10_000, fetch } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    const apiKey = token === null ? secretKey : publicKey;
    try {
      const response = await fetch(new URL(`/storage/v1/${route}`, url), {
        ...request,
        headers: {
          ...request.headers,
          authorization: `Bearer ${token ?? secretKey}`,
          ...(apiKey !== null && { apikey: apiKey }),
        },
        redirect: "manual",
        signal: timeout.signal,
      });
      if (response.ok) return await read(response);
      await response.body?.cancel();
      if (response.status < 500 && ![408, 429].includes(response.status)) return null;
      throw new Error(`Storage answered ${response.status}`);
    } catch (error) {
      throw error instanceof AppError ? error : unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

const jsonHeaders = { "content-type": "application/json" };

interface StorageRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

async function readBytes(
  { body, headers }: Response,
  count: (bytes: number) => void,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = new ByteReader(body);
  const parts: Uint8Array[] = [];
  let length = 0;
  // Refused by its head, an object costs no reading.
  let counted = Number(headers.get("content-length") ?? 0);
  try {
    count(counted);
    for (let part = await reader.read(); part !== null; part = await reader.read()) {
      length += part.length;
      if (length > counted) {
        count(length - counted);
        counted = length;
      }
      parts.push(part);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  return joinBytes(parts, length);
}

/** Whether a URL made of the place leads to it: with dots it would lead elsewhere. */
function isPlain({ bucket, path }: ObjectPlace): boolean {
  return [bucket, ...path.split("/")].every((part) => !["", ".", ".."].includes(part)) &&
    !bucket.includes("/");
}

function unavailable(cause: unknown): AppError {
  return new AppError("storage_unavailable", undefined, {
    hint: "Try again in a few seconds, or send the bytes in the request.",
    cause,
  });
}
