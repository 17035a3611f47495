import { jsonAt } from "./json_at.ts";
import { jsonForSchema } from "./json_for_schema.ts";
import { messageText, type Question, systemText } from "./question.ts";

/**
 * The JSON that the request asks for: by its output schema, or in words, by a JSON schema in the
 * system prompt or the last message, to which models often answer in a code fence. Null: text.
 */
export function orderedJson(question: Question): string | null {
  if (question.outputSchema !== null) return JSON.stringify(jsonForSchema(question.outputSchema));
  const schema = [systemText(question), messageText(question.messages.at(-1))].map(schemaIn)
    .find((found) => found !== null);
  if (schema === undefined) return null;
  return `\`\`\`json\n${JSON.stringify(jsonForSchema(schema), null, 2)}\n\`\`\``;
}

/** The first JSON object after the words "JSON schema". */
function schemaIn(text: string): unknown {
  const named = /\bJSON schema\b/i.exec(text);
  if (named === null) return null;
  const start = text.indexOf("{", named.index);
  return start < 0 ? null : jsonAt(text, start);
}
