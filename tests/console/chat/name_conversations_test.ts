import { expect } from "@std/expect";
import { nameConversations } from "../../../console/src/chat/name_conversations.ts";

const models = [{ model_id: "pro", model_name: "Nova Pro" }, {
  model_id: "lite",
  model_name: "Nova Lite",
}];
const said = {
  id: "1",
  title: "What helps against a headache that comes back every Monday?",
  model_id: "pro",
  updated_at: "2026-11-26T09:30:00Z",
};

Deno.test("nameConversations() tells equal titles apart, by model, time or number", () => {
  const names = nameConversations([
    said,
    { ...said, id: "2", model_id: "lite" },
    { ...said, id: "3", updated_at: "2026-11-25T09:30:00Z" },
    { ...said, id: "4" },
  ], models).map(({ id, name }) => `${id} ${name}`);
  expect(names).toEqual([
    "1 What helps against a headache that…, Nova Pro, 26 Nov 2026, 09:30 UTC",
    "2 What helps against a headache that…, Nova Lite, 26 Nov 2026, 09:30 UTC",
    "3 What helps against a headache that…, Nova Pro, 25 Nov 2026, 09:30 UTC",
    "4 What helps against a headache that…, Nova Pro, 26 Nov 2026, 09:30 UTC (2)",
  ]);
});

Deno.test("nameConversations() keeps a short title, and names what has none", () => {
  const [short, none] = nameConversations([
    { ...said, title: "Dose \n of it?" },
    { ...said, title: null, model_id: null },
  ], models);
  expect(short?.name).toBe("Dose of it?, Nova Pro, 26 Nov 2026, 09:30 UTC");
  expect(none?.name).toBe("Conversation, 26 Nov 2026, 09:30 UTC");
});
