/** The package `openai`, as its makers publish it, on the running stack. */
import { expect } from "@std/expect";
import { ContentFilterFinishReasonError } from "openai/core/error";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { base64, pdf } from "../support/media.ts";
import { type OpenAIClient, withOpenAI } from "../support/openai_client.ts";
import type { FreshProject } from "../support/fresh_project.ts";
import { testStack } from "../support/test_stack.ts";
import { tinyPng } from "../support/tiny_png.ts";
import { until } from "../support/until.ts";

const stack = testStack();
const withClient = (test: (client: OpenAIClient, project: FreshProject) => Promise<void>) =>
  withOpenAI(stack, test);
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

const hello = [{ role: "user", content: "Hello" }] as const;

const weather = (name: string, properties: Record<string, unknown> = {}) => ({
  type: "function" as const,
  function: { name, parameters: { type: "object", properties } },
});
const tools = [weather("get_weather", { place: { type: "string" } }), weather("list_places")];

Deno.test(
  "openai: an answer has its text, the model that wrote it, its tokens and its request's id",
  withClient(async ({ openai, exchanges }, { sql }) => {
    const completion = await openai.chat.completions.create({
      model: "default",
      messages: [{ role: "system", content: "Be brief." }, ...hello],
      user: "u-1",
      seed: 7,
    });
    const [choice] = completion.choices;
    expect(completion).toMatchObject({ object: "chat.completion", model: novaPro });
    expect(choice).toMatchObject({ index: 0, finish_reason: "stop", message: { refusal: null } });
    expect(choice?.message.content).toContain("“Hello”");
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = completion.usage ?? {};
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    const headers = exchanges[0]!.response.headers;
    expect(completion._request_id).toBe(headers.get("x-request-id"));
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-switchboard-model": novaPro,
      "x-switchboard-reason": "default",
      "x-switchboard-requested-model": "default",
      "x-switchboard-ignored": "seed",
    });
    const rows = await sql`
      select surface, purpose, status, model_id, input_tokens, output_tokens, client_retries,
        api_key_id is not null as by_key, client_hash is not null as labelled
      from ai_usage`;
    expect(rows).toEqual([{
      surface: "openai",
      purpose: "call",
      status: "complete",
      model_id: novaPro,
      input_tokens: prompt_tokens,
      output_tokens: completion_tokens,
      client_retries: 0,
      by_key: true,
      labelled: true,
    }]);
  }),
);

Deno.test(
  "openai: .stream() puts together what an answer at once has, with the tokens that were asked for",
  withClient(async ({ openai }) => {
    const asked = { model: novaPro, messages: [...hello] };
    const whole = await openai.chat.completions.create(asked);
    const stream = openai.chat.completions.stream({
      ...asked,
      stream_options: { include_usage: true },
    });
    const deltas: string[] = [];
    stream.on("content", (delta) => deltas.push(delta));
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join("")).toBe(whole.choices[0]?.message.content);
    expect(streamed.choices[0]?.finish_reason).toBe("stop");
    expect(streamed).toMatchObject({ model: novaPro, usage: whole.usage });
  }),
);

Deno.test(
  "openai: a stream that asks for no tokens has a choice in every chunk",
  withClient(async ({ openai }) => {
    const stream = await openai.chat.completions.create({
      model: novaPro,
      messages: [...hello],
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk.usage).toBeUndefined();
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toContain("“Hello”");
  }),
);

const twoCalls = [
  { type: "text", text: "Let me see." },
  { type: "tool_use", id: "call_1", name: "get_weather", input: { place: "Fulda" } },
  { type: "tool_use", id: "call_2", name: "list_places", input: {} },
] as const;

for (const model of [novaPro, haiku]) {
  for (const streamed of [false, true]) {
    const how = streamed ? "streamed" : "at once";
    Deno.test(
      `openai: ${model} calls tools side by side, one without arguments, ${how}, and reads their results`,
      withClient(async ({ openai }, { bedrock }) => {
        await bedrock.scriptAnswer({ content: [...twoCalls] });
        const asked = {
          model,
          tools,
          messages: [{ role: "user" as const, content: "The weather?" }],
        };
        const first = streamed
          ? await openai.chat.completions.stream(asked).finalChatCompletion()
          : await openai.chat.completions.create(asked);
        const [choice] = first.choices;
        expect(choice?.finish_reason).toBe("tool_calls");
        expect(choice?.message.content).toBe("Let me see.");
        const calls = (choice?.message.tool_calls ?? []).filter((call) => call.type === "function");
        expect(calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]))
          .toEqual([["get_weather", { place: "Fulda" }], ["list_places", {}]]);

        const second = await openai.chat.completions.create({
          ...asked,
          messages: [
            ...asked.messages,
            choice!.message,
            ...calls.map(({ id }, nth) => ({
              role: "tool" as const,
              tool_call_id: id,
              content: nth === 0 ? "21 °C" : "",
            })),
          ],
        });
        expect(second.choices[0]?.message.content).toContain("“21 °C”");
        expect(second.choices[0]?.finish_reason).toBe("stop");
      }),
    );
  }
}

Deno.test(
  "openai: runTools() goes through two rounds of calls by itself",
  withClient(async ({ openai }, { bedrock }) => {
    const call = (id: string, place: string) => ({
      content: [{ type: "tool_use" as const, id, name: "get_weather", input: { place } }],
    });
    await bedrock.scriptAnswer(call("call_1", "Fulda"));
    await bedrock.scriptAnswer(call("call_2", "Kassel"));
    const places: unknown[] = [];
    const runner = openai.chat.completions.runTools({
      model: novaPro,
      messages: [{ role: "user", content: "The weather?" }],
      stream: true,
      tools: [{
        type: "function",
        function: {
          name: "get_weather",
          description: "The weather of a place.",
          parameters: { type: "object", properties: { place: { type: "string" } } },
          parse: JSON.parse,
          function: (input: { place: string }) => {
            places.push(input.place);
            return `${input.place}: 21 °C`;
          },
        },
      }],
    });
    expect(await runner.finalContent()).toContain("“Kassel: 21 °C”");
    expect(places).toEqual(["Fulda", "Kassel"]);
  }),
);

Deno.test(
  "openai: a model is asked for no thinking where it may call tools",
  withClient(async ({ openai }, { bedrock }) => {
    await openai.chat.completions.create({
      model: haiku,
      messages: [...hello],
      tools,
      reasoning_effort: "high",
    });
    const [request] = await bedrock.requests();
    expect(request).toMatchObject({ body: { thinking: { type: "disabled" } } });
  }),
);

for (const streamed of [false, true]) {
  Deno.test(
    `openai: thinking is told as reasoning_content, ${streamed ? "streamed" : "at once"}`,
    withClient(async ({ openai }, { bedrock }) => {
      await bedrock.scriptAnswer({
        content: [{ type: "thinking", text: "Hm. So." }, { type: "text", text: "Yes." }],
      });
      const asked = {
        model: haiku,
        messages: [...hello],
        reasoning_effort: "high" as const,
      };
      if (streamed) {
        let reasoning = "";
        const stream = await openai.chat.completions.create({ ...asked, stream: true });
        for await (const { choices: [choice] } of stream) {
          reasoning += (choice?.delta as { reasoning_content?: string }).reasoning_content ?? "";
        }
        expect(reasoning).toBe("Hm. So.");
      } else {
        const { choices: [choice] } = await openai.chat.completions.create(asked);
        expect(choice?.message).toMatchObject({ content: "Yes.", reasoning_content: "Hm. So." });
      }
    }),
  );
}

Deno.test(
  "openai: images and files reach the model",
  withClient(async ({ openai }) => {
    const file_data = `data:application/pdf;base64,${base64(pdf())}`;
    const { choices: [choice] } = await openai.chat.completions.create({
      model: haiku,
      messages: [{
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          {
            type: "image_url",
            image_url: { url: `data:image/png;base64,${tinyPng}`, detail: "low" },
          },
          { type: "file", file: { file_data, filename: "it's a report.v2.pdf" } },
        ],
      }],
    });
    expect(choice?.message.content).toMatch(/Images: 1 \(png/);
    expect(choice?.message.content).toMatch(/Documents: 1 \(“document 1” pdf/);
  }),
);

const visit = z.object({
  name: z.string(),
  email: z.email(),
  when: z.enum(["today", "tomorrow"]),
});

for (const model of [novaPro, haiku]) {
  Deno.test(
    `openai: .parse() gets an answer of ${model} that fits its schema`,
    withClient(async ({ openai }) => {
      const response_format = zodResponseFormat(visit, "visit");
      const parsed = await openai.chat.completions.parse({
        model,
        messages: [...hello],
        response_format,
      });
      expect(Object.keys(parsed.choices[0]?.message.parsed ?? {}))
        .toEqual(["name", "email", "when"]);
      const stream = openai.chat.completions.stream({
        model,
        messages: [...hello],
        response_format,
      });
      const streamed = await stream.finalChatCompletion();
      expect(Object.keys(streamed.choices[0]?.message.parsed ?? {}))
        .toEqual(["name", "email", "when"]);
    }),
  );
}

Deno.test(
  "openai: an answer that was filtered is the client's own error in .parse()",
  withClient(async ({ openai }, { bedrock }) => {
    const parse = () =>
      openai.chat.completions.parse({
        model: novaPro,
        messages: [...hello],
        response_format: zodResponseFormat(visit, "visit"),
      });
    await bedrock.scriptAnswer({
      content: [{ type: "text", text: "I will not." }],
      stopReason: "content_filtered",
    });
    await expect(parse()).rejects.toThrow(ContentFilterFinishReasonError);
  }),
);

Deno.test(
  "openai: a stream that its client leaves is stopped, and what it took is in the ledger",
  withClient(async ({ openai }, { bedrock, sql }) => {
    await bedrock.addFaultRule({ kind: "pause", inside: "text", ms: 60_000 });
    const stream = await openai.chat.completions.create({
      model: novaPro,
      messages: [...hello],
      stream: true,
    });
    for await (const { choices: [choice] } of stream) {
      if (choice?.delta.content) break;
    }
    const entries = () => sql`select status, error_code, purpose from ai_usage`;
    await until(async () => (await entries()).length > 0, "the call's entry in the ledger");
    expect(await entries()).toEqual([
      { status: "partial", error_code: "client_disconnected", purpose: "call" },
    ]);
  }),
);
