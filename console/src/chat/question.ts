/** What is asked, and the request that asks it. */
import type { WireTool } from "../../../supabase/functions/_shared/contract/content.ts";
import type { TrialContent } from "../api/manage_actions.ts";
import { type Attachment, isImage } from "./attachment.ts";
import type { AskedBlock, ChatRequest, Effort } from "./chat_types.ts";

/** What a tool gave, as it was entered. */
export interface ToolResult {
  readonly toolUseId: string;
  readonly text: string;
  readonly isError: boolean;
}

/** What holds for every question of the chat. */
export interface AskSettings {
  /** Null: the assistant's, else the model's own. */
  readonly effort: Effort | null;
  /** Whether the words of the model's thinking are shown. */
  readonly thinking: boolean;
  readonly tools: readonly WireTool[];
}

export const plainSettings: AskSettings = { effort: null, thinking: false, tools: [] };

export interface Question {
  /** May be empty beside files or results. */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly results: readonly ToolResult[];
  /** Asked for; null leaves it to the rules. */
  readonly modelId: string | null;
  readonly settings: AskSettings;
}

/** The request of a question, without what says where it belongs. */
export function toRequest(
  { text, attachments, results, settings: { effort, thinking, tools } }: Question,
): Omit<ChatRequest, "request_id"> {
  const blocks = [...results.map(toResultBlock), ...attachments.map(toMediaBlock)];
  return {
    ...(blocks.length === 0
      ? { message: text }
      : { content: text.trim() === "" ? blocks : [...blocks, { type: "text", text }] }),
    ...(effort !== null && { effort }),
    ...(thinking && { thinking }),
    ...(tools.length > 0 && { tools }),
  };
}

/** The content of a trial: the files first, then the text. */
export function toTrialContent(
  text: string,
  attachments: readonly Attachment[],
): TrialContent {
  if (attachments.length === 0) return text;
  return [...attachments.map(toMediaBlock), { type: "text", text }] as TrialContent;
}

/**
 * Reads the tools that were entered as JSON.
 *
 * @throws {RangeError} saying what they are to be
 */
export function readTools(text: string): readonly WireTool[] {
  if (text.trim() === "") return [];
  let tools: unknown;
  try {
    tools = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`This is not JSON: ${(error as Error).message}`);
  }
  const isTool = (tool: unknown) =>
    typeof tool === "object" && tool !== null && "name" in tool && "input_schema" in tool;
  if (!Array.isArray(tools) || !tools.every(isTool)) {
    throw new RangeError("Tools are a list of objects, each with a name and an input_schema.");
  }
  return tools as WireTool[];
}

function toResultBlock({ toolUseId, text, isError }: ToolResult): AskedBlock {
  return { type: "tool_result", tool_use_id: toolUseId, content: text, is_error: isError };
}

function toMediaBlock({ name, mediaType, data }: Attachment): AskedBlock {
  const source = { type: "base64", media_type: mediaType, data };
  return (isImage(mediaType)
    ? { type: "image", source }
    : { type: "document", name, source }) as AskedBlock;
}
