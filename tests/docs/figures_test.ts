/** The figures that the documents quote are those of the code. */
import { join } from "node:path";
import { expect } from "@std/expect";
import { projectRoot } from "../../local/config.ts";
import { longestSilenceMs } from "../../supabase/functions/_shared/calls/create_calls.ts";
import { webhookTimeoutMs } from "../../supabase/functions/_shared/alerts/deliver_alerts.ts";
import { historyTurns } from "../../supabase/functions/_shared/conversations/begin_turn.ts";
import { abandonedAfterMs } from "../../supabase/functions/_shared/runs/abandoned_after.ts";
import { readerStallMs } from "../../supabase/functions/_shared/runs/reader_stall.ts";
import { storeForMs } from "../../supabase/functions/_shared/runs/store_surely.ts";
import {
  maxBlocks,
  maxMedia,
  maxResultsLength,
  maxTools,
  maxToolsLength,
} from "../../supabase/functions/_shared/contract/content.ts";
import { defaultGraceHours } from "../../supabase/functions/_shared/contract/keys.ts";
import { defaultCallTimeoutMs } from "../../supabase/functions/_shared/database/fetch_within.ts";
import { defaultHeartbeatMs } from "../../supabase/functions/_shared/http/event_stream.ts";
import { bodyTimeoutMs, maxBodyBytes } from "../../supabase/functions/_shared/http/read_body.ts";
import { leastAnswerTokens } from "../../supabase/functions/_shared/limits/budget.ts";
import { maxMediaBytes } from "../../supabase/functions/_shared/media/check_media.ts";
import { maxJsonDepth, maxJsonValues } from "../../supabase/functions/_shared/core/json_shape.ts";
import {
  composingIdleMs,
  firstEventMs,
  idleMs,
} from "../../supabase/functions/_shared/runs/call_models.ts";
import { breakerDefaults } from "../../supabase/functions/_shared/runs/circuit_breaker.ts";
import {
  maxSchemaDepth,
  maxSchemaLength,
} from "../../supabase/functions/_shared/runs/output_check.ts";
import { mostModels } from "../../supabase/functions/_shared/runs/permitted_models.ts";
import { defaultChatTimeoutMs } from "../../supabase/functions/_shared/runtime/environment.ts";
import { largeBodies } from "../../supabase/functions/chat/handler.ts";
import { trialBodies } from "../../supabase/functions/manage-bedrock-models/read_question.ts";
import { defaultReceiveLimits, mostConnections } from "../../stand-in/http/serve_http.ts";
import { readSource } from "../support/source_files.ts";

const seconds = (ms: number) => String(ms / 1000);
const minutes = (ms: number) => String(ms / 60_000);

const migrations = "supabase/migrations/20261129";

/** A figure of a migration, as pages write it. */
function ofSql(file: string, text: RegExp): string {
  const [, figure] = text.exec(readSource(`${migrations}${file}.sql`)) ?? [];
  return Number(figure).toLocaleString("en-US");
}

const ofModels = (text: RegExp) => ofSql("090200_create_bedrock_models", text);
const ofAssistants = (text: RegExp) => ofSql("090300_create_ai_assistants", text);

/** A threshold of a rule of alerts, by its place in the first row. */
function ofRule(kind: string, place: 0 | 1 | 2 | 3): string {
  const row = new RegExp(`\\('${kind}', (\\d[^)]*)\\)`);
  const [, values = ""] = row.exec(readSource(`${migrations}091760_create_ai_alerts.sql`)) ?? [];
  return values.split(", ")[place] ?? "";
}

const inWords = ["no", "one", "two", "three", "four", "five", "six"];

/** How many edge functions there are, as pages write it. */
function functionsInWords(): string {
  const folders = [...Deno.readDirSync(join(projectRoot, "supabase/functions"))]
    .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("_"));
  return inWords[folders.length] ?? String(folders.length);
}

/** What a page says, with each figure as a group, and what the figures are. */
const quotes: readonly [page: string, text: RegExp, figures: readonly string[]][] = [
  ["docs/deploy.md", /migrations, (\w+) edge functions/, [functionsInWords()]],
  ["docs/architecture.md", /the (\d+) s that a stream's reader may stall/, [
    seconds(readerStallMs),
  ]],
  ["docs/architecture.md", /is less than (\d+) s, so no turn/, [seconds(abandonedAfterMs)]],
  ["docs/architecture.md", /taken up again (\d+) s after its deadline/, [
    seconds(abandonedAfterMs),
  ]],
  [
    "docs/architecture.md",
    /no try begins later than (\d+) s after the first, and each ends within (\d+) s/,
    [seconds(storeForMs), seconds(defaultCallTimeoutMs)],
  ],
  [
    "docs/architecture.md",
    /sends nothing for (\d+) s is given up, one that has begun after (\d+) s, inside thinking and a tool's input after (\d+) s/,
    [seconds(firstEventMs), seconds(idleMs), seconds(composingIdleMs)],
  ],
  ["docs/architecture.md", /At most (\d+) models are tried/, [String(mostModels)]],
  [
    "docs/architecture.md",
    /\((\d+) users in a row, or one lasting error\): such a model is left out for (\d+) s, doubled up to (\d+) min/,
    [
      String(breakerDefaults.threshold),
      seconds(breakerDefaults.firstPauseMs),
      minutes(breakerDefaults.longestPauseMs),
    ],
  ],
  [
    "docs/api.md",
    /from (\d+) seconds after the turn's deadline/,
    [seconds(abandonedAfterMs)],
  ],
  ["docs/api.md", /fractions too; default (\d+)\)/, [String(defaultGraceHours)]],
  ["docs/api-fields.md", /it expires at once\. Default: (\d+)/, [String(defaultGraceHours)]],
  ["docs/operate.md", /a grace period of (\d+) hours/, [String(defaultGraceHours)]],
  [
    "scripts/switch-bedrock-model.sh",
    /it expires at once; default (\d+)/,
    [String(defaultGraceHours)],
  ],
  [
    "console/src/switching/rotate_key_dialog.tsx",
    /useSignal<keyof typeof graces>\("(\d+)"\)/,
    [String(defaultGraceHours)],
  ],
  ["docs/content.md", /may have ([\d,]+) bytes together/, [maxMediaBytes.toLocaleString("en-US")]],
  ["docs/api.md", /the write is tried again for (\d+) seconds/, [seconds(storeForMs)]],
  [
    "docs/api.md",
    /\| body \| ([\d,]+) bytes, above (\d+) KiB/,
    [largeBodies.maxBytes.toLocaleString("en"), String(maxBodyBytes / 1024)],
  ],
  [
    "docs/api.md",
    /in a body of at most ([\d,]+) bytes/,
    [trialBodies.maxBytes.toLocaleString("en")],
  ],
  [
    "docs/api.md",
    /\| time of the body \| (\d+) seconds until its last byte, (\d+) more/,
    [seconds(bodyTimeoutMs), seconds(largeBodies.timeoutMs)],
  ],
  [
    "docs/api.md",
    /\| JSON \| (\d+) levels, ([\d,]+) values/,
    [String(maxJsonDepth), maxJsonValues.toLocaleString("en")],
  ],
  [
    "docs/api.md",
    /\| blocks \| (\d+), of them (\d+) media; results of tools ([\d,]+) characters together/,
    [String(maxBlocks), String(maxMedia), maxResultsLength.toLocaleString("en")],
  ],
  [
    "docs/api.md",
    /\| tools \| (\d+), together ([\d,]+) characters as JSON/,
    [String(maxTools), maxToolsLength.toLocaleString("en")],
  ],
  [
    "docs/api.md",
    /\| media \| ([\d,]+) bytes together/,
    [maxMediaBytes.toLocaleString("en")],
  ],
  ["docs/api.md", /Send the body within (\d+) seconds/, [seconds(bodyTimeoutMs)]],
  [
    "docs/embedded-stack.md",
    /headers have not come within (\d+) seconds, or whose body within (\d+)/,
    [
      seconds(defaultReceiveLimits.headersMs),
      seconds(defaultReceiveLimits.requestMs),
    ],
  ],
  ["docs/embedded-stack.md", /at most ([\d,]+) connections/, [
    mostConnections.toLocaleString("en"),
  ]],
  ["docs/embedded-stack.md", /gives a body up after \[(\d+) seconds\]/, [seconds(bodyTimeoutMs)]],
  ["docs/api.md", /\| first event \| (\d+) seconds/, [seconds(firstEventMs)]],
  ["docs/api.md", /\| silence \| (\d+) seconds[^|]*; (\d+) inside thinking/, [
    seconds(idleMs),
    seconds(composingIdleMs),
  ]],
  ["docs/api.md", /\| `output_schema` \| ([\d,]+) characters as JSON, (\d+) schemas deep/, [
    maxSchemaLength.toLocaleString("en-US"),
    String(maxSchemaDepth),
  ]],
  ["docs/api.md", /after (\d+) seconds of silence it is 200/, [seconds(longestSilenceMs)]],
  ["docs/api.md", /silences are filled at least every (\d+) seconds/, [seconds(longestSilenceMs)]],
  ["docs/api.md", /at most (\d+) models are tried/, [String(mostModels)]],
  ["docs/api.md", /\| models of a turn \| (\d+) \|/, [String(mostModels)]],
  ["docs/api.md", /\| history \| (\d+) turns/, [String(historyTurns)]],
  [
    "docs/api.md",
    /left out for (\d+) seconds, doubled up to (\d+) minutes/,
    [seconds(breakerDefaults.firstPauseMs), minutes(breakerDefaults.longestPauseMs)],
  ],
  [
    "docs/api.md",
    /a comment after every (\d+) seconds without an event/,
    [seconds(defaultHeartbeatMs)],
  ],
  ["docs/api.md", /reads nothing for (\d+) seconds counts as gone/, [seconds(readerStallMs)]],
  [
    "docs/architecture.md",
    /\(`answer_tokens_left` in the record of the run\), at least (\d+);/,
    [String(leastAnswerTokens)],
  ],
  [
    "supabase/migrations/20261129091200_begin_chat_turns.sql",
    /row\(null, null, null, null, null, null, (\d+), \d+, (\d+), null, false, null, null, null\)\s+::switchboard\.turn_request/,
    [String(historyTurns), String(defaultChatTimeoutMs + abandonedAfterMs)],
  ],
  ["docs/architecture.md", /the write is tried again for (\d+) seconds/, [seconds(storeForMs)]],
  ["docs/architecture.md", /passed and at most (\d+) minutes old/, [
    ofSql("090900_follow_aws", /longest_age constant interval := interval '(\d+) minutes'/),
  ]],
  ["docs/architecture.md", /a hold expires after (\d+) s/, [
    ofSql("091160_hold_limits", /greatest\(interval '(\d+) seconds', stale_after_ms/),
  ]],
  ["docs/operate.md", /when it ends, or after (\d+) seconds/, [
    ofSql("091160_hold_limits", /greatest\(interval '(\d+) seconds', stale_after_ms/),
  ]],
  [
    "docs/architecture.md",
    /the rest buys \(`answer_tokens_left` in the record of the run\), at least (\d+)/,
    [
      String(leastAnswerTokens),
    ],
  ],
  ["docs/operate.md", /\| `model_id` \| ([\d,]+) characters/, [
    ofModels(/length\(model_id\) <= (\d+)/),
  ]],
  ["docs/operate.md", /\| `model_name`, an assistant's `name` \| ([\d,]+) characters/, [
    ofModels(/char_length\(model_name\) <= (\d+)/),
  ]],
  ["docs/operate.md", /an assistant's `name` \| ([\d,]+) characters/, [
    ofAssistants(/char_length\(name\) <= (\d+)/),
  ]],
  ["docs/operate.md", /\| `provider`, `use_case` \| ([\d,]+) characters/, [
    ofModels(/char_length\(provider\) <= (\d+)/),
  ]],
  ["docs/operate.md", /`use_case` \| ([\d,]+) characters/, [
    ofModels(/char_length\(use_case\) <= (\d+)/),
  ]],
  ["docs/operate.md", /\| `description`, `source_url` \| ([\d,]+) characters/, [
    ofModels(/char_length\(description\) <= (\d+)/),
  ]],
  ["docs/operate.md", /`source_url` \| ([\d,]+) characters/, [
    ofModels(/char_length\(source_url\) <= (\d+)/),
  ]],
  ["docs/operate.md", /\| `system_prompt` \| ([\d,]+) characters/, [
    ofAssistants(/char_length\(system_prompt\) <= (\d+)/),
  ]],
  ["docs/operate.md", /\| `model_config` \| [^|]* ([\d,]+) bytes/, [
    ofAssistants(/octet_length\(model_config::text\) <= (\d+)/),
  ]],
  ["docs/operate.md", /`limit_near` \| a limit is used to (\d+)%.*?\| under (\d+)%/, [
    ofRule("limit_near", 0),
    ofRule("limit_near", 1),
  ]],
  [
    "docs/operate.md",
    /`error_rate` \| (\d+)% of a model's requests of (\d+) minutes failed, of at least (\d+) \| under (\d+)%/,
    [0, 3, 2, 1].map((place) => ofRule("error_rate", place as 0)),
  ],
  [
    "docs/operate.md",
    /`model_suspended` \| (\d+) request of (\d+) minutes went without .*? \| under (\d+) /,
    [0, 3, 1].map((place) => ofRule("model_suspended", place as 0)),
  ],
  ["docs/operate.md", /`lifecycle_near` \| .*? within (\d+) days,.*? \| over (\d+) days/, [
    ofRule("lifecycle_near", 0),
    ofRule("lifecycle_near", 1),
  ]],
  ["docs/operate.md", /`tick_late` \| .*? after (\d+) minutes .*? \| under (\d+) minutes/, [
    ofRule("tick_late", 0),
    ofRule("tick_late", 1),
  ]],
  ["docs/operate.md", /`delivery_failing` \| .*? was tried (\d+) times/, [
    ofRule("delivery_failing", 0),
  ]],
  [
    "docs/operate.md",
    /`price_unknown` \| (\d+) answer of (\d+) minutes .*? \| under (\d+) /,
    [0, 3, 1].map((place) => ofRule("price_unknown", place as 0)),
  ],
  ["docs/operate.md", /Any 2xx answer within (\d+) seconds/, [seconds(webhookTimeoutMs)]],
  ["docs/operate.md", /repeated after (\d+) seconds, doubled .* for (\d+) days/, [
    ofSql("091770_deliver_alerts", /least\((\d+) \* 2 \^/),
    ofSql("091770_deliver_alerts", /interval '(\d+) days'/),
  ]],
  ["docs/operate.md", /\| `fallback_models` \| (\d+) ids/, [
    ofAssistants(/cardinality\(fallback_models\) <= (\d+)/),
  ]],
];

/** A page's text with each run of white space as one space, so that its layout does not matter. */
function textOf(page: string): string {
  return readSource(page).replace(/\s+/g, " ");
}

for (const [page, text, figures] of quotes) {
  Deno.test(`${page} quotes the code's figures: ${text.source}`, () => {
    const [, ...quoted] = text.exec(textOf(page)) ?? [];
    expect(quoted).toEqual(figures);
  });
}
