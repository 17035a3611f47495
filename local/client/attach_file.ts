import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { AskedContent } from "../../supabase/functions/_shared/contract/content.ts";
import { maxMediaBytes } from "../../supabase/functions/_shared/media/check_media.ts";
import { encode } from "../../supabase/functions/_shared/media/base64.ts";
import {
  mediaTypeOfFile,
  sniffedBytes,
} from "../../supabase/functions/_shared/media/media_type.ts";
import { ClientError } from "./client_error.ts";

/** A file of the command line, and the option that named it. */
export interface NamedFile {
  readonly kind: "image" | "document";
  readonly path: string;
}

/**
 * Reads a file as a block of a question.
 *
 * @param from the folder that a relative path begins in
 * @throws {ClientError} if it cannot be read, or is nothing that models take
 */
export async function attachFile(
  { kind, path }: NamedFile,
  from: string,
): Promise<AskedContent[number]> {
  const option = `--${kind} ${path}`;
  const bytes = await readBytes(option, resolve(from, path));
  const type = mediaTypeOfFile(path, bytes.subarray(0, sniffedBytes));
  if (type === null) {
    throw new ClientError(
      `${option}: neither an image (PNG, JPEG, GIF, WebP) nor a document (PDF, Word, Excel, CSV, ` +
        "HTML, text, Markdown), by its name and its first bytes.",
    );
  }
  const found = type.startsWith("image/") ? "image" : "document";
  if (found !== kind) throw new ClientError(`${option}: it is of type ${type}; use --${found}.`);
  const source = { type: "base64", media_type: type, data: encode(bytes) };
  return (kind === "image"
    ? { type: "image", source }
    : { type: "document", name: basename(path), source }) as AskedContent[number];
}

/**
 * Reads a file of JSON.
 *
 * @param option what names it, for errors
 * @throws {ClientError} if it cannot be read, or is not JSON
 */
export async function readJsonFile(option: string, path: string, from: string): Promise<unknown> {
  const bytes = await readBytes(`${option} ${path}`, resolve(from, path));
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new ClientError(`${option} ${path}: not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function readBytes(option: string, path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size === 0) throw new ClientError(`${option}: the file is empty.`);
    if (size > maxMediaBytes) {
      throw new ClientError(
        `${option}: ${size} bytes; the files of a question may have ${maxMediaBytes} together.`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw new ClientError(`${option}: the file cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
