import { expect } from "@std/expect";
import {
  loadMedia,
  saveMedia,
  type Upload,
} from "../../../../../supabase/functions/_shared/conversations/stored_media.ts";
import type {
  ContentBlock,
  Message,
} from "../../../../../supabase/functions/_shared/core/content.ts";
import { maxMediaBytes } from "../../../../../supabase/functions/_shared/media/check_media.ts";
import { contentBucket } from "../../../../../supabase/functions/_shared/media/content_bucket.ts";
import type { ObjectStore } from "../../../../../supabase/functions/_shared/media/object_store.ts";
import { base64, bytesOf, files, png } from "../media_files.ts";

const userId = "00000000-0000-4000-8000-000000000001";

const file = files["image/gif"];

function image(path: string, size = file.length, bucket = contentBucket): ContentBlock {
  return {
    type: "image",
    mediaType: "image/gif",
    source: { kind: "storage", bucket, path, size },
  };
}

function user(...blocks: ContentBlock[]): Message {
  return { role: "user", blocks, modelId: null };
}

/** Objects of one file each; notes where and with which token they are read. */
function objectsOf(read: ObjectStore["read"] = () => Promise.resolve(gif)) {
  const asked: (readonly [string, string | null])[] = [];
  return {
    asked,
    objects: {
      read: (...args: Parameters<ObjectStore["read"]>) => {
        asked.push([args[0].path, args[1]]);
        return read(...args);
      },
    },
  };
}
const gif = { bytes: bytesOf(file), contentType: "image/gif" };
const inline = { kind: "base64", data: base64(file) };

Deno.test("loadMedia() makes no call for a history without media, and gives it back as it is", async () => {
  const { asked, objects } = objectsOf();
  const history = [user({ type: "text", text: "Hello" })];
  const reader = { userId, accessToken: "token", objects };
  expect(await loadMedia(history, [], reader)).toBe(history);
  expect(asked).toEqual([]);
});

Deno.test("loadMedia() reads ours with the secret key, the project's with the user's token, in results too", async () => {
  const { asked, objects } = objectsOf();
  const result: ContentBlock = {
    type: "tool-result",
    toolUseId: "t",
    isError: false,
    content: [image(`${userId}/r/1.png`) as Extract<ContentBlock, { type: "image" }>],
  };
  const history = [
    user(image("a.png", file.length, "scans"), { type: "text", text: "?" }),
    user(result),
  ];
  const loaded = await loadMedia(history, [], { userId, accessToken: "token", objects });
  expect(asked.toSorted()).toEqual([[`${userId}/r/1.png`, null], ["a.png", "token"]]);
  expect(loaded).toEqual([
    user({ ...image("a.png", file.length, "scans"), source: inline } as ContentBlock, {
      type: "text",
      text: "?",
    }),
    user(
      {
        ...result,
        content: [{ type: "image", mediaType: "image/gif", source: inline }],
      } as ContentBlock,
    ),
  ]);
});

Deno.test("loadMedia() never reads another user's files of ours", async () => {
  const { asked, objects } = objectsOf();
  const history = [
    user(image("00000000-0000-4000-8000-000000000002/r/1.png"), image(`${userId}x/1.png`)),
  ];
  const loaded = await loadMedia(history, [], { userId, accessToken: "token", objects });
  expect([loaded, asked]).toEqual([history, []]);
});

Deno.test("loadMedia() loads the newest that fit beside the question's, and no older one past a gap", async () => {
  const half = maxMediaBytes / 2;
  const { asked, objects } = objectsOf();
  const history = [
    user(image(`${userId}/small`, 3)),
    user(image(`${userId}/large`, half)),
    user(image(`${userId}/newest`, half - 30)),
  ];
  const question: ContentBlock[] = [
    { type: "image", mediaType: "image/png", source: { kind: "base64", data: "A".repeat(80) } },
  ];
  const loaded = await loadMedia(history, question, { userId, accessToken: "token", objects });
  expect(asked).toEqual([[`${userId}/newest`, null]]);
  expect(loaded.slice(0, 2)).toEqual(history.slice(0, 2));
});

Deno.test("loadMedia() loads fifty at most, and four at a time", async () => {
  let loading = 0;
  let most = 0;
  const { asked, objects } = objectsOf(async () => {
    most = Math.max(most, ++loading);
    await new Promise((resolve) => setTimeout(resolve, 1));
    loading--;
    return gif;
  });
  const images = Array.from({ length: 60 }, (_, nth) => image(`${userId}/${nth}.gif`));
  await loadMedia([user(...images)], [], { userId, accessToken: "token", objects });
  expect(asked.map(([path]) => path)).toEqual(
    Array.from({ length: 50 }, (_, nth) => `${userId}/${59 - nth}.gif`),
  );
  expect(most).toBe(4);
});

Deno.test("loadMedia() leaves a reference where an object is gone, has grown or become another, or Storage fails", async () => {
  const reads: ObjectStore["read"][] = [
    () => Promise.resolve(null),
    () => Promise.reject(new Error("down")),
    () => Promise.resolve({ ...gif, bytes: bytesOf(png(36 + 33)) }),
    (_, __, count) => {
      count(file.length + 1);
      return Promise.resolve(gif);
    },
  ];
  for (const read of reads) {
    const history = [user(image(`${userId}/a`))];
    const { objects } = objectsOf(read);
    expect(await loadMedia(history, [], { userId, accessToken: "t", objects })).toEqual(history);
  }
});

const upload: Upload = {
  path: `${userId}/r/0-h.png`,
  mediaType: "image/png",
  data: base64(files["image/png"]),
};

Deno.test("saveMedia() writes the bytes into our bucket, and once more where that fails", async () => {
  const written: unknown[] = [];
  let failures = 1;
  const write: ObjectStore["write"] = (place, bytes, type) => {
    if (failures-- > 0) return Promise.reject(new Error("down"));
    written.push([place, base64(bytes), type]);
    return Promise.resolve();
  };
  expect(await saveMedia([upload], { write }, () => 0)).toEqual([]);
  const place = { bucket: contentBucket, path: upload.path };
  expect(written).toEqual([[place, upload.data, "image/png"]]);
});

Deno.test("saveMedia() tells what could not be kept, and keeps the rest", async () => {
  const down = new Error("down");
  const kept: string[] = [];
  const write: ObjectStore["write"] = ({ path }) => {
    if (path === upload.path) return Promise.reject(down);
    kept.push(path);
    return Promise.resolve();
  };
  expect(await saveMedia([upload, { ...upload, path: "other" }], { write }, () => 0)).toEqual([
    down,
  ]);
  expect(kept).toEqual(["other"]);
});

Deno.test("saveMedia() begins no try once its time is over", async () => {
  let time = 0;
  let tries = 0;
  const write: ObjectStore["write"] = () => {
    tries++;
    time += 10_001;
    return Promise.reject(new Error("silent"));
  };
  const lost = await saveMedia(Array.from({ length: 5 }, () => upload), { write }, () => time);
  expect([tries, lost.length]).toEqual([2, 5]);
});
