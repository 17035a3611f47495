import { expect } from "@std/expect";
import { createClient } from "@supabase/supabase-js";
import { Buffer } from "node:buffer";
import { withChatProcess } from "../support/chat_process.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { chat, type Persona } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";
import { until } from "../support/until.ts";
import { base64, files, pdfOf, png } from "../supabase/functions/_shared/media_files.ts";

const stack = testStack();
const patientId = "00000000-0000-4000-8000-000000000001";
const clinicianId = "00000000-0000-4000-8000-000000000002";
const novaLite = "eu.amazon.nova-lite-v1:0";
const sonnet = "eu.anthropic.claude-sonnet-5-5";

function image(file: string, media_type = "image/png") {
  return { type: "image", source: { type: "base64", media_type, data: base64(file) } };
}

function pdf(file: string = files["application/pdf"]) {
  const source = { type: "base64", media_type: "application/pdf", data: base64(file) };
  return { type: "document", name: "Lab report.pdf", source };
}

const asking = { type: "text", text: "What is this?" };

/** A client of the project as a user's app has it. */
async function appOf({ apiUrl, keys, token }: FreshProject, persona: Persona) {
  return createClient(apiUrl, keys.publishable, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { authorization: `Bearer ${await token(persona)}` } },
  });
}

async function upload(
  project: FreshProject,
  persona: Persona,
  path: string,
  file: string,
  contentType: string,
): Promise<void> {
  const app = await appOf(project, persona);
  const bytes = new Uint8Array(Buffer.from(file, "latin1"));
  const { error } = await app.storage.from("attachments").upload(path, bytes, {
    contentType,
    upsert: true,
  });
  expect(error).toBe(null);
}

/** Bodies of the calls of models, as text. */
async function sentBodies({ bedrock }: FreshProject): Promise<string[]> {
  return (await bedrock.requests()).map(({ body }) => JSON.stringify(body));
}

Deno.test("chat shows a model an image, keeps its bytes in the private bucket, and shows it in the turns after", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    const file = png(400);
    const first = await ask("patient", { content: [asking, image(file)] });
    expect(first.status).toBe(200);
    expect(first.body.model.model_id).toBe(novaLite);
    expect(first.body.message.content).toMatch(/Images: 1 \((image\/)?png, 400 bytes\)/);

    const [question] = await sql`
      select * from ai_messages where conversation_id = ${first.body.conversation_id} and seq = 1`;
    const { path } = question?.blocks[1].source;
    expect(path).toMatch(
      new RegExp(`^${patientId}/${first.body.request_id}/1-[0-9a-f]{32}\\.png$`),
    );
    expect(question?.content).toBe("What is this?");
    expect(JSON.stringify(question)).not.toContain(base64(file));
    const operator = createClient(project.apiUrl, project.keys.secret, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const { data: kept } = await operator.storage.from("switchboard-content").download(path);
    expect(Buffer.from(await kept!.arrayBuffer()).toString("latin1")).toBe(file);
    expect(kept?.type).toBe("image/png");

    const app = await appOf(project, "patient");
    const { data: rows } = await app.from("ai_messages").select("content, shown_blocks").eq(
      "seq",
      1,
    );
    expect(rows).toEqual([{
      content: "What is this?",
      shown_blocks: [asking, { type: "image", media_type: "image/png", size: 400 }],
    }]);
    const { data: theirs } = await app.storage.from("switchboard-content").download(path);
    expect(theirs).toBe(null);

    await ask("patient", { message: "Is it bad?", conversation_id: first.body.conversation_id });
    expect((await sentBodies(project)).at(-1)).toContain(base64(file));
  }));

Deno.test("chat reads documents from Storage with the rights of its user, and leaves them there", () =>
  withFreshProject(stack, async (project) => {
    const { ask, sql } = project;
    await sql`update ai_assistants set model_version = ${sonnet} where assistant_type = 'health'`;
    const path = `${patientId}/lab report.pdf`;
    await upload(project, "patient", path, files["application/pdf"], "application/pdf");
    const source = { type: "storage", bucket: "attachments", path };
    const content = [asking, { type: "document", name: "Lab report.pdf", source }];
    const { status, body } = await ask("patient", { content });
    expect(status).toBe(200);
    expect(body.message.content).toContain("Documents: 1 (");
    const size = files["application/pdf"].length;
    expect(body.message.content).toContain(`pdf, ${size} bytes`);
    const [question] = await sql`
      select blocks, shown_blocks from ai_messages
      where conversation_id = ${body.conversation_id} and seq = 1`;
    expect(question?.blocks[1].source).toEqual({
      kind: "storage",
      bucket: "attachments",
      path,
      size,
    });
    expect(question?.shown_blocks[1]).toEqual({
      type: "document",
      name: "Lab report.pdf",
      media_type: "application/pdf",
      size,
      source,
    });
    const kept = await sql`select from storage.objects where bucket_id = 'switchboard-content'
      and name like ${`${patientId}/${body.request_id}/%`}`;
    expect(kept).toHaveLength(0);

    await ask("patient", { message: "And?", conversation_id: body.conversation_id });
    expect((await sentBodies(project)).at(-1)).toContain(base64(files["application/pdf"]));
  }));

Deno.test("chat does not tell whether another user's file exists", () =>
  withFreshProject(stack, async (project) => {
    await upload(project, "clinician", `${clinicianId}/scan.png`, png(), "image/png");
    const paths = [
      `${clinicianId}/scan.png`,
      `${clinicianId}/none.png`,
      `${patientId}/../${clinicianId}/scan.png`,
      `${patientId}/%2e%2e/${clinicianId}/scan.png`,
      "../../../auth/v1/user",
    ];
    const places = paths.map((path) => ["attachments", path] as const);
    const more = [["switchboard-content", `${clinicianId}/scan.png`], ["..", "rest/v1/x"]] as const;
    const told = new Set<string>();
    for (const [bucket, path] of [...places, ...more]) {
      const source = { type: "storage", bucket, path };
      const { status, body } = await project.ask("patient", {
        content: [asking, { type: "image", source }],
      });
      expect([status, body.error.code]).toEqual([400, "invalid_request"]);
      told.add(body.error.message);
    }
    expect([...told]).toEqual([
      "The request is not valid. content.1: there is no such object in Storage, or its user may not read it.",
    ]);
    expect(await sentBodies(project)).toEqual([]);
    expect(await project.sql`select from ai_conversations`).toHaveLength(0);
  }));

Deno.test("chat refuses images and documents that cannot be used, before a model is called", () =>
  withFreshProject(stack, async (project) => {
    const broken = { ...image(png()).source, data: base64(png()).slice(0, -3) };
    const table: [object, number, string, RegExp][] = [
      [
        image(png(), "image/jpeg"),
        400,
        "invalid_request",
        /content\.1: declared as image\/jpeg, but the bytes are image\/png/,
      ],
      [
        image(files["image/svg+xml"]),
        400,
        "invalid_request",
        /declared as image\/png, but the bytes are image\/svg\+xml/,
      ],
      [
        image(files["image/svg+xml"], "image/svg+xml"),
        400,
        "invalid_request",
        /content\.1\.source\.media_type/,
      ],
      [image("\0\x01\x02\x03"), 400, "invalid_request", /the bytes are of an unknown type/],
      [
        { type: "image", source: broken },
        400,
        "invalid_request",
        /content\.1: the data is not base64/,
      ],
      [image(png().slice(0, -9)), 400, "invalid_request", /the image\/png file was cut off/],
      [
        pdf(`${" ".repeat(9)}${files["application/pdf"]}`),
        400,
        "invalid_request",
        /declared as application\/pdf/,
      ],
      [
        pdf(pdfOf(1_000_000).slice(0, -7)),
        400,
        "invalid_request",
        /the application\/pdf file was cut off/,
      ],
      [image(png(18_000_003)), 413, "body_too_large", /larger than 24000000 bytes/],
      [pdf(pdfOf(18_000_003)), 413, "body_too_large", /larger than 24000000 bytes/],
      [
        image(png(9_000_000)),
        400,
        "modality_not_supported",
        /takes images of at most 3750000 bytes; one has 9000000/,
      ],
      [
        pdf(pdfOf(9_000_000)),
        400,
        "modality_not_supported",
        /takes documents of at most 4500000 bytes; one has 9000000/,
      ],
      [
        { ...image(png()), source: { type: "url", url: "http://127.0.0.1/" } },
        400,
        "invalid_request",
        /source/,
      ],
    ];
    const words = new Set<string>();
    for (const [block, wanted, code, message] of table) {
      const { status, body } = await project.ask("patient", { content: [asking, block] });
      expect([status, body.error.code, body.error.message])
        .toEqual([wanted, code, expect.stringMatching(message)]);
      words.add(body.error.message);
    }
    for (const text of words) expect(text).not.toContain(base64(png()).slice(0, 16));
    expect(await sentBodies(project)).toEqual([]);
    expect(await project.sql`select from ai_messages where status <> 'failed'`).toHaveLength(0);
  }));

Deno.test("chat repeats the answer to a message with an image, and refuses the same request_id with another", () =>
  withFreshProject(stack, async ({ ask }) => {
    const request_id = crypto.randomUUID();
    const content = [asking, image(png(120))];
    const first = await ask("patient", { content, request_id });
    const again = await ask("patient", { content, request_id });
    expect([again.status, again.body.message]).toEqual([200, first.body.message]);
    const other = await ask("patient", { content: [asking, image(png(121))], request_id });
    expect([other.status, other.body.error.code]).toEqual([409, "request_id_reused"]);
    const text = await ask("patient", { message: "What is this?", request_id });
    expect(text.body.error.code).toBe("request_id_reused");
  }));

Deno.test("chat answers a message whose image cannot be kept, and says so in the log alone", () =>
  withFreshProject(stack, async (project) => {
    const lines: string[] = [];
    await project.sql`update storage.buckets set allowed_mime_types = '{text/x-none}'
      where id = 'switchboard-content'`;
    try {
      await withChatProcess(
        stack,
        async (url) => {
          const content = [asking, image(png(300))];
          const token = await project.token("patient");
          const { status, body } = await chat(project, token, { content }, url);
          expect([status, body.message.status]).toEqual([200, "complete"]);
          await until(
            () => Promise.resolve(lines.some((line) => line.includes("media-lost"))),
            "the line of the log",
          );
          const line = JSON.parse(lines.find((line) => line.includes("media-lost"))!);
          expect(Object.keys(line)).toEqual(["event", "question_id", "count", "detail"]);
          expect(line.count).toBe(1);

          // What is gone is left out, and told.
          const next = { message: "Is it bad?", conversation_id: body.conversation_id };
          const { body: answer } = await chat(project, token, next, url);
          expect(answer.history.blocks_left_out).toEqual({ image: 1 });
        },
        {},
        (line) => lines.push(line),
      );
    } finally {
      await project.sql`update storage.buckets set allowed_mime_types = null
        where id = 'switchboard-content'`;
    }
  }));

Deno.test("chat names a conversation by its message or its document, and takes an image alone", () =>
  withFreshProject(stack, async ({ ask, sql }) => {
    const alone = await ask("patient", { content: [image(png())] });
    expect(alone.status).toBe(200);
    await sql`update ai_assistants set model_version = ${sonnet} where assistant_type = 'health'`;
    const named = await ask("patient", { content: [pdf()] });
    expect(named.status).toBe(200);
    const titles = await sql`select title from ai_conversations order by created_at`;
    expect(titles.map(({ title }) => title)).toEqual([null, "Lab report.pdf"]);
    const blank = await ask("patient", { content: [{ type: "text", text: " \n" }] });
    expect([blank.status, blank.body.error.message]).toEqual([
      400,
      expect.stringContaining("empty"),
    ]);
    const both = await ask("patient", { message: "a", content: [asking] });
    expect(both.body.error.message).toContain("either message or content");
  }));

Deno.test("chat takes five large images at once", () =>
  withFreshProject(stack, async ({ ask, sql, bedrock }) => {
    await sql`update ai_assistants set model_version = ${sonnet} where assistant_type = 'health'`;
    const images = Array.from({ length: 5 }, (_, n) => image(png(3_500_000 + n)));
    const { status, body } = await ask("patient", { content: [asking, ...images] });
    expect([status, body.model?.model_id]).toEqual([200, sonnet]);
    expect(body.message.content).toContain("Images: 5 (");
    expect((await bedrock.requests()).at(-1)?.status).toBe(200);
  }));
