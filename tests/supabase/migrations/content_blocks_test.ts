import { expect } from "@std/expect";
import type postgres from "postgres";
import { patient, platformAdmin, refused, withDatabase } from "../../support/test_database.ts";
import { beginTurn, completeTurn, converse } from "../../support/turns.ts";

function image(path: string, bucket = "switchboard-content") {
  const source = { kind: "storage", bucket, path, size: 400 };
  return { type: "image", mediaType: "image/png", source };
}
const document = {
  type: "document",
  mediaType: "application/pdf",
  name: "  Lab\n report.pdf ",
  source: { kind: "storage", bucket: "scans", path: "a.pdf", size: 3 },
};
const text = { type: "text", text: "What is this?" };
const call = { type: "tool-use", id: "t1", name: "look_up", input: { drug: null } };
const result = {
  type: "tool-result",
  toolUseId: "t1",
  isError: true,
  content: [{ type: "text", text: "gone" }, image("u/1.png")],
};
const thinking = { type: "thinking", text: "Hm.", signature: "sig" };

Deno.test("the turn functions store blocks, and show them without reasoning and places of ours", async () => {
  await withDatabase(async (database) => {
    const blocks = [text, image("u/0.png"), document, result];
    const begun = await beginTurn(database, patient, { message: text.text, blocks });
    await completeTurn(database, begun.question_id, {
      content: "",
      blocks: [thinking, { type: "redacted-thinking", data: "AA==" }, call, {
        type: "opaque",
        kind: "video",
        value: 1,
      }],
      figures: { stop_reason: "tool_use" },
    });
    const rows = await database.sql`
      select blocks, shown_blocks from public.ai_messages order by seq`;
    expect(rows[0]?.blocks).toEqual(blocks);
    expect(rows.map((row) => row.shown_blocks)).toEqual([
      [
        text,
        { type: "image", media_type: "image/png", size: 400 },
        {
          type: "document",
          media_type: "application/pdf",
          name: document.name,
          size: 3,
          source: { type: "storage", bucket: "scans", path: "a.pdf" },
        },
        {
          type: "tool_result",
          tool_use_id: "t1",
          is_error: true,
          content: [
            { type: "text", text: "gone" },
            { type: "image", media_type: "image/png", size: 400 },
          ],
        },
      ],
      [{ type: "tool_use", id: "t1", name: "look_up", input: { drug: null } }],
    ]);
    const shown = await database.as(
      patient,
      (sql) => sql`select shown_blocks from public.ai_messages`,
    );
    expect(shown).toHaveLength(2);
    const hidden = await refused(
      database.as(patient, (sql) => sql`select blocks from public.ai_messages`),
    );
    expect(hidden.code).toBe("42501");
    const others = await database.as(
      platformAdmin,
      (sql) => sql`select shown_blocks from public.ai_messages`,
    );
    expect(others).toHaveLength(0);
  });
});

Deno.test("begin_chat_turn() gives the history its blocks, and keeps answers that only call a tool", async () => {
  await withDatabase(async (database) => {
    const first = await beginTurn(database, patient, { message: text.text, blocks: [text] });
    await completeTurn(database, first.question_id, { content: "", blocks: [thinking, call] });
    const next = { conversationId: first.conversation_id, message: "", blocks: [result] };
    const second = await beginTurn(database, patient, next);
    expect(second.history.map(({ blocks }) => blocks)).toEqual([[text], [thinking, call]]);
    await completeTurn(database, second.question_id, { content: "", blocks: [thinking, text] });
    const [last] = await database.sql`
      select shown_blocks from public.ai_messages order by seq desc limit 1`;
    expect(last?.shown_blocks).toBe(null);
    const third = await beginTurn(database, patient, { conversationId: first.conversation_id });
    expect(third.history).toHaveLength(2);
  });
});

Deno.test("begin_chat_turn() counts blocks in the characters of the history", async () => {
  await withDatabase(async (database) => {
    const long = Array.from({ length: 50 }, () => ({ ...text, text: crypto.randomUUID() }));
    const { conversationId } = await converse(database, patient, "short");
    const turn = await beginTurn(database, patient, { conversationId, message: "m", blocks: long });
    await completeTurn(database, turn.question_id);
    const begin = async (historyCharacters: number) => {
      const begun = await beginTurn(database, patient, { conversationId, historyCharacters });
      await completeTurn(database, begun.question_id, { status: "failed", content: "" });
      return begun.history.length;
    };
    expect([await begin(500), await begin(100_000)]).toEqual([0, 4]);
  });
});

Deno.test("begin_chat_turn() reads a chain of calls from its question on, up to four times the bounds", async () => {
  await withDatabase(async (database) => {
    const { conversationId } = await converse(database, patient, "before");
    const bring = { conversationId, message: "", blocks: [result] };
    for (const request of [{ conversationId }, bring, bring, bring, bring, bring]) {
      const { question_id } = await beginTurn(database, patient, request);
      await completeTurn(database, question_id, { content: "", blocks: [call] });
    }
    const turnsRead = async (request: object) => {
      const begun = await beginTurn(database, patient, { conversationId, ...request });
      await completeTurn(database, begun.question_id, { status: "failed", content: "" });
      return begun.history.length / 2;
    };
    expect(await turnsRead({ historyTurns: 2 })).toBe(2);
    expect(await turnsRead({ ...bring, historyTurns: 2 })).toBe(6);
    expect(await turnsRead({ ...bring, historyTurns: 1 })).toBe(4);
    expect(await turnsRead({ ...bring, historyTurns: 20 })).toBe(7);
    expect(await turnsRead({ ...bring, historyCharacters: 1 })).toBe(0);
  });
});

Deno.test("begin_chat_turn() takes a request_id again only with the same blocks", async () => {
  await withDatabase(async (database) => {
    const requestId = crypto.randomUUID();
    const begin = (blocks?: postgres.JSONValue) =>
      beginTurn(database, patient, {
        requestId,
        message: text.text,
        ...(blocks !== undefined && { blocks }),
      });
    const first = await begin([text, image("u/0-a.png")]);
    await completeTurn(database, first.question_id);
    expect((await begin([text, image("u/0-a.png")])).answer?.content).toBe("an answer");
    for (const other of [[text, image("u/0-b.png")], [text], undefined]) {
      expect((await refused(begin(other))).detail).toBe("request_id_reused");
    }
  });
});

Deno.test("begin_chat_turn() names a conversation by its text, else by its document, else not", async () => {
  await withDatabase(async (database) => {
    const table: [message: string, blocks: postgres.JSONValue[], title: string | null][] = [
      [" What\n is it?", [text, document], "What is it?"],
      ["", [image("u/0.png"), document], "Lab report.pdf"],
      [" \n", [image("u/0.png")], null],
    ];
    for (const [message, blocks, title] of table) {
      const { conversation_id } = await beginTurn(database, patient, { message, blocks });
      const [row] = await database.sql`
        select title from public.ai_conversations where id = ${conversation_id}`;
      expect(row?.title).toBe(title);
    }
  });
});

Deno.test("ai_messages takes no question whose blocks are larger than a megabyte, and any answer", async () => {
  await withDatabase(async (database) => {
    const large = [{ type: "text", text: "x".repeat(1_100_000) }];
    const error = await refused(beginTurn(database, patient, { blocks: large }));
    expect([error.code, error.constraint_name]).toEqual([
      "23514",
      "ai_messages_question_blocks_size",
    ]);
    const { turn } = await converse(database, patient, "short", undefined, { blocks: large });
    expect(turn.attempt).toBe(1);
  });
});

Deno.test("the migrations make a private bucket for content, and no policy of Storage", async () => {
  await withDatabase(async ({ sql }) => {
    const [bucket] = await sql`
      select public, file_size_limit::int from storage.buckets where id = 'switchboard-content'`;
    expect(bucket).toEqual({ public: false, file_size_limit: 18_000_000 });
    const policies = await sql`select policyname from pg_policies where schemaname = 'storage'`;
    expect(policies).toHaveLength(0);
  });
});

Deno.test("explain_turn() tells kinds, media types and bytes of a message, and none of its words", async () => {
  await withDatabase(async ({ sql }) => {
    const describe = async (blocks: object[] | null) => {
      const json = blocks === null ? null : JSON.stringify(blocks);
      const [row] = await sql`select switchboard.describe_content(${json}::text::jsonb) as content`;
      return row?.content;
    };
    const picture = { kind: "image", media_type: "image/png", bytes: 400 };
    const pdf = { kind: "document", media_type: "application/pdf", bytes: 3 };
    expect(await describe([text, image("u/0.png"), document, result]))
      .toEqual({ media: [picture, pdf, picture], tool_results: 1 });
    expect(await describe([text])).toEqual({ media: [], tool_results: 0 });
    expect(await describe(null)).toEqual({ media: [], tool_results: 0 });
  });
});

Deno.test("explain_turn() knows the content of a turn until its conversation is deleted", async () => {
  await withDatabase(async (database) => {
    const { sql } = database;
    const begun = await beginTurn(database, patient, { message: text.text, blocks: [document] });
    await completeTurn(database, begun.question_id, { content: "A report." });
    const [answer] = await sql`select id from public.ai_messages where role = 'assistant'`;
    const contentOf = async () => {
      const [row] = await sql`
        select public.explain_turn(p_message_id => ${answer?.id}) -> 'content' as content`;
      return row?.content;
    };
    expect(await contentOf()).toEqual({
      media: [{ kind: "document", media_type: "application/pdf", bytes: 3 }],
      tool_results: 0,
    });
    await sql`delete from public.ai_conversations`;
    expect(await contentOf()).toBeNull();
  });
});
