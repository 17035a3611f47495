import { expect } from "@std/expect";
import {
  type ObjectPlace,
  ObjectStore,
} from "../../../../../supabase/functions/_shared/media/object_store.ts";

/** A store whose Storage answers with `answer`; notes what it is asked. */
function store(answer: (request: Request) => Response | Promise<Response>, timeoutMs = 5000) {
  const asked: Request[] = [];
  const objects = new ObjectStore({
    url: "https://project.example.com",
    secretKey: "sb_secret_x",
    publicKey: "sb_publishable_x",
    timeoutMs,
    fetch: async (input, init) => {
      const request = new Request(input as string, init as RequestInit);
      asked.push(request);
      return await answer(request);
    },
  });
  return { asked, objects };
}

const place = { bucket: "lab reports", path: "a b/ü?#%2e.pdf" };
const free = () => {};

Deno.test("ObjectStore reads with the user's token beside the public key, and writes with the secret key", async () => {
  const { asked, objects } = store((request) =>
    request.method === "GET"
      ? new Response("bytes", { headers: { "content-type": "Application/PDF; charset=x" } })
      : Response.json({ Key: "k" })
  );
  const read = await objects.read(place, "token", free);
  expect([new TextDecoder().decode(read?.bytes), read?.contentType]).toEqual([
    "bytes",
    "application/pdf",
  ]);
  await objects.read(place, null, free);
  await objects.write(place, new TextEncoder().encode("more"), "application/pdf");
  const base = "https://project.example.com/storage/v1/object";
  const path = "lab%20reports/a%20b/%C3%BC%3F%23%252e.pdf";
  expect(asked.map(({ method, url, headers }) => [
    method,
    url,
    headers.get("authorization"),
    headers.get("apikey"),
    headers.get("x-upsert"),
  ])).toEqual([
    ["GET", `${base}/authenticated/${path}`, "Bearer token", "sb_publishable_x", null],
    ["GET", `${base}/authenticated/${path}`, "Bearer sb_secret_x", "sb_secret_x", null],
    ["POST", `${base}/${path}`, "Bearer sb_secret_x", "sb_secret_x", "true"],
  ]);
  expect(await asked[2]?.text()).toBe("more");
});

Deno.test("ObjectStore takes a route of Storage for the bucket that it names", async () => {
  const { asked, objects } = store(() => new Response("bytes"));
  for (const bucket of ["authenticated", "public", "info", "sign"]) {
    await objects.read({ bucket, path: "switchboard-content/u/r/0.png" }, "token", free);
  }
  expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(
    ["authenticated", "public", "info", "sign"].map((bucket) =>
      `/storage/v1/object/authenticated/${bucket}/switchboard-content/u/r/0.png`
    ),
  );
});

Deno.test("ObjectStore asks for no place that a URL would lead away from", async () => {
  const { asked, objects } = store(() => new Response("bytes"));
  const places: ObjectPlace[] = [
    { bucket: "..", path: "a" },
    { bucket: "a/b", path: "c" },
    ...["../a", "a/../../b", "./a", "a//b", "/a", "a/", "a/.."].map((path) => ({
      bucket: "files",
      path,
    })),
  ];
  for (const place of places) expect(await objects.read(place, "token", free)).toBe(null);
  expect(asked).toEqual([]);
});

Deno.test("ObjectStore tells what is missing or forbidden from a Storage that fails or is silent", async () => {
  for (const status of [302, 400, 401, 403, 404]) {
    const { objects } = store(() => new Response("private words", { status }));
    expect(await objects.read(place, "token", free)).toBe(null);
    await expect(objects.write(place, new Uint8Array(), "image/png"))
      .rejects.toMatchObject({ code: "storage_unavailable" });
  }
  for (const status of [408, 429, 500, 503, 544]) {
    const { objects } = store(() => new Response("private words", { status }));
    const error = await objects.read(place, "token", free).catch((error) => error);
    expect([error.code, error.status, error.retryable]).toEqual(["storage_unavailable", 503, true]);
    expect(`${error.message} ${error.logged} ${error.cause.message}`).not.toContain("private");
  }
  const silent = store(
    ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    50,
  );
  await expect(silent.objects.read(place, "token", free))
    .rejects.toMatchObject({ code: "storage_unavailable" });
});

Deno.test("ObjectStore stops reading where its bytes are refused, announced or not", async () => {
  for (const announced of [true, false]) {
    let sent = 0;
    const { objects } = store(() =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1000;
            controller.enqueue(new Uint8Array(1000));
          },
        }),
        { headers: announced ? { "content-length": "1000000" } : {} },
      )
    );
    let left = 10_000;
    const refused = new RangeError("enough");
    const count = (bytes: number) => {
      if ((left -= bytes) < 0) throw refused;
    };
    const error = await objects.read(place, "token", count).catch((error) => error);
    expect(error.cause).toBe(refused);
    expect(sent).toBeLessThan(40_000);
  }
});

Deno.test("ObjectStore removes objects by their paths, and tells which were there", async () => {
  const { asked, objects } = store(() => Response.json([{ name: "u/a.png", id: "1" }]));
  expect(await objects.remove("lab reports", ["u/a.png", "u/b.png"])).toEqual(["u/a.png"]);
  const [request] = asked;
  expect([request?.method, request?.url, request?.headers.get("authorization")]).toEqual([
    "DELETE",
    "https://project.example.com/storage/v1/object/lab%20reports",
    "Bearer sb_secret_x",
  ]);
  expect(await request?.json()).toEqual({ prefixes: ["u/a.png", "u/b.png"] });
});

Deno.test("ObjectStore lists what lies in a folder, objects and folders apart", async () => {
  const { asked, objects } = store(() =>
    Response.json([{ name: "a.png", id: "1" }, { name: "deeper", id: null }, { name: "old" }])
  );
  expect(await objects.list("files", "u")).toEqual({
    objects: ["a.png"],
    folders: ["deeper", "old"],
  });
  expect([asked[0]?.method, asked[0]?.url]).toEqual([
    "POST",
    "https://project.example.com/storage/v1/object/list/files",
  ]);
  expect(await asked[0]?.json()).toMatchObject({ prefix: "u/", offset: 0 });
});

Deno.test("ObjectStore takes no answer of Storage for objects removed but its own", async () => {
  const answers: (() => Response)[] = [
    () => new Response("private words", { status: 403 }),
    () => new Response("private words", { status: 503 }),
    () => new Response("private words"),
    () => Response.json({ message: "private words" }),
  ];
  for (const answer of answers) {
    const { objects } = store(answer);
    for (const call of [objects.remove("files", ["u/a"]), objects.list("files", "u")]) {
      const error = await call.catch((error) => error);
      expect(error.code).toBe("storage_unavailable");
      expect(`${error.message} ${error.logged}`).not.toContain("private");
    }
  }
});
