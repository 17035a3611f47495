import { Buffer } from "node:buffer";
import { expect } from "@std/expect";
import type { Page } from "playwright-core";
import { asAdmin, eventually, openView } from "../support/console_page.ts";
import { tinyPng } from "../support/tiny_png.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const novaPro = "eu.amazon.nova-pro-v1:0";
const haiku = "eu.anthropic.claude-haiku-5-5";

const png = { name: "rash.png", mimeType: "image/png", buffer: Buffer.from(tinyPng, "base64") };

async function choose(page: Page, ...files: (typeof png)[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Attach files" }).click(),
  ]);
  await chooser.setFiles(files);
}

/** Pastes or drops a file of text, as a browser tells a page of it. */
async function give(page: Page, how: "paste" | "drop", name: string): Promise<void> {
  await page.getByLabel("Question").focus();
  await page.evaluate(`
    const data = new DataTransfer();
    data.items.add(new File(["Take one a day."], ${JSON.stringify(name)}));
    const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    document.activeElement.dispatchEvent(${
    how === "paste" ? 'new ClipboardEvent("paste", options)' : 'new DragEvent("drop", options)'
  });`);
}

async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel("Question").fill(question);
  await page.getByLabel("Question").press("Enter");
}

const filesOf = (page: Page) => page.locator(".composer").getByRole("list", { name: "Files" });

Deno.test("the console's chat attaches files by a button, by paste and by drop, and shows them again", () =>
  asAdmin(stack, async ({ page, project }) => {
    await openView(page, "Chat");
    const files = filesOf(page).getByRole("listitem");
    await choose(page, png);
    await files.first().waitFor();
    await give(page, "paste", "leaflet.md");
    await files.nth(1).waitFor();
    await give(page, "drop", "notes.txt");
    await files.nth(2).waitFor();
    await page.getByText("Attached: rash.png, leaflet.md, notes.txt").waitFor({
      state: "attached",
    });
    const thumbnail = files.first().locator("img");
    await eventually(() =>
      thumbnail.evaluate((image: object) => "naturalWidth" in image && image.naturalWidth === 1)
    );

    // One that is nothing, and one that is taken away again, by keyboard.
    await choose(page, { ...png, name: "drawing.svg", buffer: Buffer.from("<svg/>") });
    await page.getByRole("alert").getByText("drawing.svg is neither a PNG").waitFor();
    expect(await files.count()).toBe(3);
    await page.getByRole("button", { name: "Remove notes.txt" }).press("Enter");
    await files.nth(2).waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.tagName")).toBe("TEXTAREA");
    expect(await page.getByRole("alert").count()).toBe(0);

    await ask(page, "What is this?");
    await page.getByText("because it is the default").waitFor();
    expect(await filesOf(page).count()).toBe(0);
    const [sent] = await project.bedrock.requests();
    expect(JSON.stringify(sent?.body)).toContain("png");
    const shown = page.getByRole("article").getByRole("list", { name: "Files" });
    expect(await shown.locator("img").count()).toBe(1);

    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Chat" }).waitFor();
    const others = page.getByLabel("Go on with a conversation");
    await eventually(async () => await others.getByRole("option").count() === 2);
    await others.selectOption({ index: 1 });
    await shown.getByRole("listitem").nth(1).waitFor();
    expect(await shown.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/^Image\s+PNG, \d+ bytes$/),
      expect.stringMatching(/^leaflet\.md\s+MD, 15 bytes$/),
    ]);
  }));

Deno.test("the console's trial sends files with its question", () =>
  asAdmin(stack, async ({ page }) => {
    await openView(page, "Trials");
    await page.getByLabel("Model 1").selectOption({ label: "Amazon Nova Pro" });
    await page.getByLabel("Model 2").selectOption({ label: "Amazon Nova Micro" });
    await choose(page, png);
    await page.getByText("Attached: rash.png").waitFor({ state: "attached" });
    await page.getByLabel("Question").fill("What is this?");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    const answerOf = (name: string) => page.getByRole("listitem", { name: `Answer of ${name}` });
    await answerOf("Amazon Nova Pro").getByText("Images: 1").waitFor();
    await answerOf("Amazon Nova Micro").getByText("takes no images.").waitFor();
  }));

Deno.test("the console's chat says before it is sent what the model does not take", () =>
  asAdmin(stack, async ({ page }) => {
    await openView(page, "Chat");
    await page.getByRole("combobox", { name: "Model" }).selectOption({
      label: "Amazon Nova Micro",
    });
    await choose(page, png);
    await page.getByText("Amazon Nova Micro takes no images (rash.png).").waitFor();
    await page.getByRole("button", { name: "Remove rash.png" }).click();
    await page.getByText("Amazon Nova Micro takes no images (rash.png).").waitFor({
      state: "detached",
    });
    await choose(page, png);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("because it stood in for another").waitFor();
    expect(await page.getByRole("article").innerText())
      .toContain("Amazon Nova Micro should have answered: modality_not_supported");
  }));

Deno.test("the console's chat shows the call of a tool, and gives its result", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.bedrock.scriptAnswer({
      content: [
        { type: "text", text: "I look it up." },
        { type: "tool_use", id: "call_1", name: "opening_hours", input: { day: "Monday" } },
      ],
    }, { model: novaPro });
    await openView(page, "Chat");
    await page.getByText("Thinking and tools").click();
    const tools = page.getByLabel("Tools, as JSON");
    // Read when the field is left: half a list is no JSON.
    await tools.fill("[{");
    expect(await page.getByText("This is not JSON").count()).toBe(0);
    await tools.blur();
    await page.getByRole("alert").getByText("This is not JSON").waitFor();
    expect(await tools.getAttribute("aria-invalid")).toBe("true");
    const problem = page.locator(`[id="${await tools.getAttribute("aria-errormessage")}"]`);
    expect(await problem.innerText()).toMatch(/^This is not JSON.* No tools are sent\.$/s);
    await tools.fill(JSON.stringify([{
      name: "opening_hours",
      description: "When the facility is open.",
      input_schema: { type: "object", properties: { day: { type: "string" } } },
    }]));
    await tools.blur();
    await page.getByText("This is not JSON").waitFor({ state: "detached" });
    expect(await tools.getAttribute("aria-invalid")).toBe("false");
    await ask(page, "When are you open on Monday?");
    const turn = page.getByRole("article").first();
    await turn.getByText("Calls the tool opening_hours").click();
    await turn.getByText('"day": "Monday"').waitFor();

    await turn.getByLabel("Result", { exact: true }).fill("From 8 to 5");
    await turn.getByRole("button", { name: "Send the result" }).click();
    const next = page.getByRole("article").nth(1);
    await next.getByText("because it answered in this conversation before").waitFor();
    expect(await turn.getByRole("button", { name: "Send the result" }).count()).toBe(0);
    await next.getByText("A tool's result").click();
    await next.getByText("From 8 to 5").first().waitFor();
    const sent = (await project.bedrock.requests()).map(({ body }) => JSON.stringify(body));
    expect(sent).toHaveLength(2);
    expect(sent[0]).toContain("opening_hours");
    expect(sent[1]).toMatch(/toolResult.*From 8 to 5/);
  }));

Deno.test("the console's chat names the model that thinks, and shows its words where asked to", () =>
  asAdmin(stack, async ({ page, project }) => {
    const answer = {
      content: [
        { type: "thinking" as const, text: "A riddle. Let me see." },
        { type: "text" as const, text: "A needle." },
      ],
    };
    await project.bedrock.scriptAnswer(answer, { model: haiku, times: 2 });
    await project.bedrock.addFaultRule({ kind: "frame-latency", ms: 300 }, {
      model: haiku,
      times: 2,
    });
    await openView(page, "Chat");
    await page.getByRole("combobox", { name: "Model" }).selectOption({ label: "Claude Haiku 5.5" });
    await ask(page, "What has an eye and cannot see?");
    await page.getByText("Claude Haiku 5.5 is thinking …").waitFor();
    await page.getByText("because it was asked for").waitFor();
    await page.getByText("Claude Haiku 5.5 is thinking …").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Send" }).waitFor();
    expect(await page.getByText("Thinking of Claude Haiku 5.5").count()).toBe(0);

    await page.getByText("Thinking and tools").click();
    await page.getByLabel("Show thinking").check();
    await page.getByText(/^Claude Haiku 5\.5 has none, low, .*nearest/).waitFor();
    await page.getByLabel("Effort of thinking").selectOption({ label: "low" });
    await ask(page, "And what else?");
    const next = page.getByRole("article").nth(1);
    await next.getByText("because it answered in this conversation before").waitFor();
    const words = next.getByText("A riddle. Let me see.");
    expect(await words.isVisible()).toBe(false);
    await next.getByText("Thinking of Claude Haiku 5.5").click();
    await words.waitFor();
  }));

Deno.test("the console's chat says that a guardrail intervened, also after a reload", () =>
  asAdmin(stack, async ({ page, project }) => {
    await project.bedrock.scriptAnswer({
      content: [{ type: "text", text: "I cannot speak about that." }],
      stopReason: "guardrail_intervened",
    }, { model: novaPro });
    await openView(page, "Chat");
    await ask(page, "How do I do harm?");
    const note = page.getByText("The assistant's guardrail intervened");
    await note.waitFor();
    await page.reload();
    const others = page.getByLabel("Go on with a conversation");
    await eventually(async () => await others.getByRole("option").count() === 2);
    await others.selectOption({ index: 1 });
    await note.waitFor();
  }));
