/** What the stand-in knows about one model that "AWS" serves. */
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
  /** Where the profile of a prefix routes to, where that is not the usual. */
  readonly destinations: Readonly<Record<string, readonly string[]>>;
  readonly lifecycle: Lifecycle;
  /** What AWS announces about the lifecycle, in ISO dates; left out where it announces nothing. */
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
 * `legacy` is still served; `retired` answers the end-of-life error, and AWS lists the model no
 * more, but its profiles still.
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

/** What of a model or a profile can be changed while the stand-in runs. */
export interface ModelChange {
  readonly lifecycle?: Lifecycle | undefined;
  readonly access?: Access | undefined;
  /** False: it is neither listed nor served. True: it is listed, even if it is retired. */
  readonly listed?: boolean | undefined;
  /** The announced end of life, an ISO date; null for none. */
  readonly endsOn?: string | null | undefined;
  /** Where a profile routes to; `*` is every region. A profile that is unknown appears by it. */
  readonly destinationRegions?: readonly string[] | undefined;
  /** Regions in which IAM denies the calls that are routed there. */
  readonly deniedRegions?: readonly DeniedRegion[] | undefined;
  /** Makes a model of another id appear that is like this one, by foundation-model id. */
  readonly like?: string | undefined;
  /** The name of a model that appears. */
  readonly name?: string | undefined;
  /** Prefixes of the profiles that exist for it. */
  readonly profiles?: readonly string[] | undefined;
  /** Whether the bare id may be invoked. */
  readonly onDemand?: boolean | undefined;
}

export interface DeniedRegion {
  readonly region: string;
  /**
   * `when-routed-there`: calls take turns over the destination regions, and each that comes to this
   * one fails, as when a policy forgets a region. `always`: every call fails, as when an
   * organisation's policy forbids the region.
   */
  readonly when: "when-routed-there" | "always";
}
