import type { BedrockClients } from "../_shared/bedrock/bedrock_client.ts";
import type { Caller } from "../_shared/http/authenticate.ts";
import type { Log } from "../_shared/http/log.ts";
import type { AwsDirectory } from "../_shared/registry/aws_directory.ts";
import type { ChangeAuthor } from "../_shared/registry/change_author.ts";
import type { AppliedChange } from "../_shared/registry/directory_store.ts";
import type { DirectoryChange } from "../_shared/registry/directory_report.ts";
import type { GeographyChange } from "../_shared/registry/geography_changes.ts";
import type { ModelSwitcher } from "../_shared/registry/model_switcher.ts";
import type { ProbeStore } from "../_shared/registry/probe_store.ts";
import type { Registry } from "../_shared/registry/registry.ts";
import type { SwitchHistory } from "../_shared/registry/switch_history.ts";
import type { ReportStore } from "../_shared/reports/report_store.ts";

/** What managing models takes. */
export interface ManageDependencies {
  readonly authenticate: (request: Request) => Promise<Caller>;
  readonly switcher: ModelSwitcher;
  readonly history: SwitchHistory;
  readonly probes: ProbeStore;
  readonly reports: ReportStore;
  /** Reads the registry afresh: an operator looks at what is, not at what was. */
  readonly readRegistry: () => Promise<Registry>;
  /**
   * The same, but of the models only these, as far as they exist, and the default; so it costs no
   * more when there are many others.
   */
  readonly readRegistryPart: (modelIds: readonly string[]) => Promise<Registry>;
  /** Reads what AWS lists in the configured region. */
  readonly readDirectory: () => Promise<AwsDirectory>;
  readonly applyDirectoryChanges: (
    changes: readonly (DirectoryChange | GeographyChange)[],
    author: ChangeAuthor,
  ) => Promise<readonly AppliedChange[]>;
  /** The clients that probes call models with. */
  readonly clients: BedrockClients;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** Today as an ISO date, in UTC. */
export function todayOf({ now }: Pick<ManageDependencies, "now">): string {
  return new Date(now()).toISOString().slice(0, 10);
}
