import { base64Size } from "./base64_size.ts";

/** How long a cached prefix is kept. */
export type CacheTtl = "5m" | "1h";

/** One block of a message, whichever format it came in. */
export type AskedPart =
  & {
    /** Where it stands in the request, such as `messages.0.content.1`. */
    readonly at: string;
    /** A cache point right after it. */
    readonly cache?: CacheTtl;
  }
  & (
    | {
      readonly type: "text";
      readonly text: string;
      /** The part of it that is marked for the guardrail; null: none. */
      readonly guarded: string | null;
    }
    | ({
      readonly type: "image";
      /** Whether it is marked for the guardrail. */
      readonly guarded: boolean;
    } & Media)
    | ({ readonly type: "document"; readonly name: string | null } & Media)
    | ({ readonly type: "video" } & Media)
    | ({ readonly type: "tool_use" } & ToolUse)
    | {
      readonly type: "tool_result";
      readonly toolUseId: string;
      readonly parts: readonly AskedPart[];
      readonly isError: boolean;
    }
    | { readonly type: "thinking"; readonly text: string; readonly signature: string | null }
    | { readonly type: "redacted_thinking"; readonly data: string }
    | { readonly type: "other"; readonly value: unknown }
  );

export type PartOf<T extends AskedPart["type"]> = Extract<AskedPart, { type: T }>;

export interface Media {
  /** As the request names it: `png`, `pdf`. */
  readonly format: string;
  /** Base64; for a document of text, or of no bytes, see `text`. */
  readonly data: string;
  /** A text document's own text, where it was sent as text. */
  readonly text?: string;
}

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** The bytes of a medium. */
export function mediaBytes({ data, text }: Media): number {
  return text === undefined ? base64Size(data) : new TextEncoder().encode(text).byteLength;
}

/** All parts, those in the results of tools too. */
export function flatParts(parts: readonly AskedPart[]): AskedPart[] {
  return parts.flatMap((part) =>
    part.type === "tool_result" ? [part, ...flatParts(part.parts)] : [part]
  );
}
