import type { Page } from "playwright-core";

export interface Camera {
  /** On a phone, only the views that look different there. */
  readonly phone: boolean;
  readonly open: (view: string) => Promise<void>;
  /** Of the whole page, or with `seen` of what the window shows. */
  readonly save: (name: string, how?: "seen") => Promise<void>;
}

/** Brings each view to where it shows what it can do, and takes its picture. */
export async function takePictures(page: Page, { phone, open, save }: Camera): Promise<void> {
  await save("models");
  await open("Usage");
  await page.locator("canvas").waitFor();
  await save("usage");
  if (phone) return;

  await open("Cost");
  await page.locator("canvas").waitFor();
  await page.getByLabel("Everything answered by").selectOption({ label: "Amazon Nova Lite" });
  await page.getByRole("table", { name: /^The comparison/ }).waitFor();
  await save("cost");

  await open("Performance");
  await page.locator("canvas").waitFor();
  await page.getByRole("table", { name: /^Switches and their effect/ }).waitFor();
  await save("performance");

  await open("Assistants");
  await save("assistants");
  await open("Trials");
  await page.getByLabel("Model 1").selectOption({ label: "Amazon Nova Lite" });
  await page.getByLabel("Model 2").selectOption({ label: "Amazon Nova Pro" });
  await page.getByLabel("Question").fill("What helps against a headache?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const answer = page.getByRole("listitem", { name: "Answer of Amazon Nova Pro" });
  await answer.getByText("[stand-in: Amazon Nova Pro]").waitFor();
  await save("trials");

  await open("Rollouts");
  await page.getByRole("heading", { name: / in place of / }).first().waitFor();
  await save("rollouts");
  await open("Proposals");
  await page.getByRole("table").first().waitFor();
  await save("proposals");

  await open("Audit log");
  await page.getByRole("table", { name: /^Audit log/ }).waitFor();
  await save("audit");

  await open("Chat");
  await page.getByLabel("Question").fill("Which model answers me?");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Registry", { exact: true }).waitFor();
  await page.getByText("Time", { exact: true }).waitFor();
  await save("chat");

  await open("Models");
  await page.getByRole("button", { name: "Switch to Claude Sonnet 5.5" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Probe passed.").waitFor();
  await dialog.getByText("Loading what this would do").waitFor({ state: "detached" });
  await save("switch", "seen");
  await dialog.getByRole("button", { name: "Cancel" }).click();
}
