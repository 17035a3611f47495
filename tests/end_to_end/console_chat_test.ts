import { expect } from "@std/expect";
import type { Page } from "playwright-core";
import { asAdmin, download, eventually, openView } from "../support/console_page.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";

async function ask(page: Page, question: string) {
  await page.getByLabel("Question").fill(question);
  await page.getByLabel("Question").press("Enter");
}

Deno.test("the console's chat shows who answered, why, and what it took", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Chat");
    await ask(page, "Which model answers me?");
    const turn = page.getByRole("article");
    await turn.getByText("ms").waitFor();
    const [stored] = await project.sql`
      select input_tokens, output_tokens, registry_version, reason, content
      from ai_messages where role = 'assistant'`;
    const shown = await turn.innerText();
    expect(shown).toContain(stored?.content);
    expect(shown).toContain("Amazon Nova Pro because it is the default");
    expect(shown).toMatch(new RegExp(`Registry\\s+version ${stored?.registry_version}`));
    expect(shown).toMatch(
      new RegExp(`Tokens\\s+${stored?.input_tokens} in, ${stored?.output_tokens} out`),
    );
    expect(shown).toMatch(/Cost\s+\$0\.000/);
    expect(shown).toContain("You are talking to an AI system.");
    expect(shown).toMatch(/Function\s+eu-central-1/);
    expect(shown).toMatch(/Model\s+eu/);
    const evidence = JSON.parse(await download(page, "Save evidence"));
    expect(evidence).toMatchObject({
      schema_version: 1,
      provenance: { generated: true, model_id: novaPro, disclosure: true },
      words: { available: false },
    });

    // The same conversation goes on; a new one and an old one can be taken up.
    await ask(page, "And now?");
    await page.getByText("because it answered in this conversation before").waitFor();
    // Once in a conversation.
    expect(await page.getByText("You are talking to an AI system.").count()).toBe(1);
    expect(await project.sql`select count(*)::int as n from ai_conversations`).toEqual([{ n: 1 }]);
    await page.getByRole("button", { name: "New conversation" }).click();
    expect(await turn.count()).toBe(0);
    await page.getByRole("combobox", { name: "Model" }).selectOption({
      label: "Amazon Nova Micro",
    });
    await ask(page, "Who are you?");
    await page.getByText("[stand-in: Amazon Nova Micro]").waitFor();
    await page.getByText("because it was asked for").waitFor();
    const others = page.getByLabel("Go on with a conversation");
    await eventually(async () => await others.getByRole("option").count() === 3);
    await others.selectOption({ index: 2 });
    await turn.nth(1).waitFor();
    expect(await turn.first().innerText()).toContain("Which model answers me?");
    // As stored, too.
    expect(await turn.first().innerText()).toContain("You are talking to an AI system.");
    expect(await page.getByText("You are talking to an AI system.").count()).toBe(1);
    await ask(page, "Still there?");
    await turn.nth(2).getByText("ms").waitFor();
    expect(await project.sql`select count(*)::int as n from ai_conversations`).toEqual([{ n: 2 }]);
  }));

Deno.test("the console's chat shows an answer as it comes, and stops it", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.bedrock.addFaultRule({ kind: "frame-latency", ms: 400 }, { model: novaPro });
    await openView(page, "Chat");
    await ask(page, "Tell me a long story.");
    await page.getByText(/^\[stand-in/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("You stopped this answer. What had come is stored.").waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    const shown = await page.locator(".turn-answer .markdown").innerText();
    const stored = async () =>
      await project.sql`select status, error_code from ai_messages where role = 'assistant'`;
    await eventually(async () => (await stored()).length > 0);
    expect(await stored()).toEqual([{ status: "partial", error_code: "client_disconnected" }]);
    // The same question again, not stopped, says what the whole answer would have been.
    const whole: string =
      (await project.ask("admin", "Tell me a long story.")).body.message.content;
    expect(whole.startsWith(shown)).toBe(true);
    expect(shown.length).toBeLessThan(whole.length);
  }));

Deno.test("the console's chat renders Markdown as it comes, and no HTML of the model", () =>
  asAdmin(stack, async ({ page, project }) => {
    const text = [
      "## Dose",
      "",
      "- **one** tablet",
      "- [leaflet](https://example.com/leaflet) and [trap](javascript:alert(1))",
      "",
      '<img src="https://example.com/x.png" onerror="alert(1)"> ![scan](https://example.com/s.png)',
      "",
      "| drug | mg |",
      "|-|-:|",
      "| a | 5 |",
    ].join("\n");
    await project.bedrock.scriptAnswer(
      { content: [{ type: "text", text }] },
      { model: novaPro },
    );
    await project.bedrock.addFaultRule({ kind: "frame-latency", ms: 150 }, { model: novaPro });
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(request.url()));
    await openView(page, "Chat");
    await ask(page, "Which dose?");
    const answer = page.locator(".turn-answer .markdown");
    // While it is still coming.
    await page.locator(".turn-answer .markdown.growing").getByRole("heading", { name: "Dose" })
      .waitFor();
    await page.getByText("because it is the default").waitFor();
    await answer.getByRole("cell", { name: "5" }).waitFor();
    expect(await answer.locator("strong").allInnerTexts()).toEqual(["one"]);
    expect(await answer.getByRole("listitem").count()).toBe(2);
    const links = await answer.getByRole("link").all();
    expect(await Promise.all(links.map((link) => link.getAttribute("href"))))
      .toEqual(["https://example.com/leaflet", "https://example.com/s.png"]);
    expect(await links[0]?.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(await answer.locator("img, script").count()).toBe(0);
    expect(await answer.innerText()).toContain('<img src="https://example.com/x.png"');
    expect(await answer.innerText()).toContain("[trap](javascript:alert(1))");
    expect(loaded.filter((url) => url.includes("example.com"))).toEqual([]);
  }));

Deno.test("the console's chat tells conversations of one title apart", () =>
  asAdmin(stack, async ({ page, project }) => {
    for (const model_id of [novaPro, "eu.amazon.nova-lite-v1:0", novaPro]) {
      const { status } = await project.ask("admin", { message: "Which dose?", model_id });
      expect(status).toBe(200);
    }
    await openView(page, "Chat");
    const others = page.getByLabel("Go on with a conversation");
    await eventually(async () => await others.getByRole("option").count() === 4);
    const names = (await others.getByRole("option").allInnerTexts()).slice(1);
    expect(new Set(names).size).toBe(3);
    for (const name of names) {
      expect(name).toMatch(/^Which dose\?, Amazon Nova (Pro|Lite), .* UTC/);
    }
  }));

Deno.test("the console's chat says that another model stood in, and why", () =>
  asAdmin(stack, async ({ page, project }) => {
    const denied = { kind: "error", exception: "AccessDeniedException" } as const;
    await project.bedrock.addFaultRule(denied, { model: novaPro });
    await openView(page, "Chat");
    await ask(page, "Are you there?");
    await page.getByText("because it stood in for another").waitFor();
    const shown = await page.getByRole("article").innerText();
    expect(shown).toContain("Amazon Nova Pro should have answered: bedrock_access_denied");
  }));

Deno.test("the console's chat shows what failed, and asks again without a second turn", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Chat");
    await page.getByRole("combobox", { name: "Model" }).selectOption({ label: "Amazon Nova Lite" });
    await project.sql`
      update bedrock_models set is_available = false where model_id = 'eu.amazon.nova-lite-v1:0'`;
    await ask(page, "Who are you?");
    const alert = page.getByRole("article").getByRole("alert");
    await alert.getByText("model_not_available").waitFor();
    await project.sql`
      update bedrock_models set is_available = true where model_id = 'eu.amazon.nova-lite-v1:0'`;
    await alert.getByRole("button", { name: "Ask again" }).click();
    // Of the model that was asked for at first.
    await page.getByText("[stand-in: Amazon Nova Lite]").waitFor();
    await page.getByText("because it was asked for").waitFor();
    expect(await page.getByRole("article").count()).toBe(1);
  }));
