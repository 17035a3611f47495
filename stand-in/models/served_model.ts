/** One model that the stand-in serves. */
export interface ServedModel {
  /** The foundation-model id, without a profile prefix. */
  readonly id: string;
  /** The name that answers carry. */
  readonly name: string;
  /** The vendor's name as AWS lists it. */
  readonly provider: string;
  /** The vendor whose body InvokeModel takes; `other` is answered through Converse only. */
  readonly family: "nova" | "claude" | "other";
  /** Whether the bare id may be invoked. */
  readonly onDemand: boolean;
  /** Prefixes of the inference profiles that exist: `eu`, `us`, `global`. */
  readonly profiles: readonly string[];
  /** Destination regions by prefix of profile, where they differ from the usual. */
  readonly destinations: Readonly<Record<string, readonly string[]>>;
  readonly lifecycle: Lifecycle;
  /** Dates of the lifecycle that AWS announces (ISO). */
  readonly dates: LifecycleDates;
  readonly access: Access;
  /** Tokens. */
  readonly contextWindow: number;
  /** Most output tokens of one answer. */
  readonly maxOutput: number;
  /** Which of temperature and top_p a request may carry. */
  readonly sampling: "both" | "one" | "none";
  readonly systemPrompt: boolean;
  /** Whether images and documents are taken besides text. */
  readonly media: boolean;
  /** Whether the conversation may end with an assistant message to be continued. */
  readonly prefill: boolean;
  /** Tokens per ten tokens of an ordinary tokenizer: 10, or 13 for Claude 4.7 and later. */
  readonly tokenizer: 10 | 13;
  readonly thinking: ThinkingRules;
  /** How InvokeModel words a body that does not fit: JSON-schema pointers, or field paths. */
  readonly bodyErrors: "schema" | "fields";
  /** Whether `tool_choice` may force a tool. */
  readonly forcedTools: boolean;
  /** Whether `output_config.format` and a tool's `strict` are taken. */
  readonly structuredOutput: boolean;
}

/**
 * `legacy` is still served; `retired` answers the end-of-life error: AWS no longer lists the model,
 * but still lists its profiles.
 */
export type Lifecycle = "active" | "legacy" | "retired";
export type Access = "granted" | "denied";

export interface LifecycleDates {
  readonly startOfLife?: string;
  readonly legacy?: string;
  /** Since when a legacy model costs more. */
  readonly extendedAccess?: string;
  readonly endOfLife?: string;
}

export interface ThinkingRules {
  /** The answer begins with a thinking block although none was asked for. */
  readonly byDefault: boolean;
  /** Values of `thinking.type` that are taken. */
  readonly types: readonly ThinkingType[];
  /** Whether `disabled` is refused together with an effort above `high`. */
  readonly disabledUpToHighEffort?: boolean;
}

export type ThinkingType = "enabled" | "adaptive" | "disabled" | "between_tools";
