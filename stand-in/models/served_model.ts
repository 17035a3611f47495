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
  /** Null: it takes none. */
  readonly images:
    | { /** Whether a tool's result may hold them. */ readonly inToolResults: boolean }
    | null;
  /** Whether documents are taken; Nova takes them through Converse only. */
  readonly documents: boolean;
  /** Null: it calls no tools. */
  readonly tools: ToolRules | null;
  /** Null: a cache point is refused. */
  readonly caching: CachingRules | null;
  /** Values of `anthropic_beta` that are taken. */
  readonly betas: Readonly<Record<"invoke" | "converse", readonly string[]>>;
  /** Whether the conversation may end with an assistant message to be continued. */
  readonly prefill: boolean;
  /** Whether Converse takes stop sequences for it. */
  readonly stopSequences: boolean;
  /** Tokens per ten tokens of an ordinary tokenizer: 10, or 13 for Claude 4.7 and later. */
  readonly tokenizer: 10 | 13;
  readonly thinking: ThinkingRules;
  /** How InvokeModel words a body that does not fit: JSON-schema pointers, or field paths. */
  readonly bodyErrors: "schema" | "fields";
  /** Whether CountTokens counts for it. */
  readonly countsTokens: boolean;
  /** Whether an output schema and a tool's `strict` are taken. */
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

export interface ToolRules {
  /** What a choice may say besides `auto`. */
  readonly choices: readonly ("any" | "tool" | "none")[];
  /** Whether it calls a tool whose name has a hyphen. */
  readonly callsHyphens: boolean;
  /** Ids of calls: up to 64 of `[a-zA-Z0-9_-]`, or exactly nine letters and digits. */
  readonly ids: "any" | "nine";
  /** Whether an input schema may have other members than `type`, `properties` and `required`. */
  readonly anySchema: boolean;
}

export interface CachingRules {
  /** Fewest tokens up to a point; below it nothing is cached, and nothing fails. */
  readonly minTokens: number;
  /** Tokens beyond which nothing is cached; null: no bound. */
  readonly maxTokens: number | null;
  readonly maxPoints: number;
  readonly places: readonly ("tools" | "system" | "messages")[];
  /** Values of `ttl`; empty: the field is refused, and an entry lives five minutes. */
  readonly ttls: readonly ("5m" | "1h")[];
  /** Blocks before a point that are looked at for what an earlier call cached. */
  readonly lookBack: number;
}

export interface ThinkingRules {
  /** The answer begins with a thinking block although none was asked for. */
  readonly byDefault: boolean;
  /** Values of `thinking.type` that are taken. */
  readonly types: readonly ThinkingType[];
  /** Whether `disabled` is refused together with an effort above `high`. */
  readonly disabledUpToHighEffort?: boolean;
  /** Whether an effort may be given: `output_config.effort`, or `reasoning_effort` of others. */
  readonly efforts?: boolean;
}

export type ThinkingType = "enabled" | "adaptive" | "disabled" | "between_tools";
