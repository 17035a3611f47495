import type { Alerts } from "../_shared/alerts/alerts.ts";
import type { Deliveries } from "../_shared/alerts/deliver_alerts.ts";
import type { AwsCatalog } from "../_shared/catalog/aws_catalog.ts";
import type {
  AppliedChange,
  CatalogChange,
  CatalogReport,
} from "../_shared/catalog/catalog_report.ts";
import type { Caller } from "../_shared/http/authenticate.ts";
import type { ApiKeys } from "../_shared/keys/api_keys.ts";
import type { Limits } from "../_shared/limits/limits.ts";
import type { RpcClient } from "../_shared/database/rpc_client.ts";
import type { ObjectStore } from "../_shared/media/object_store.ts";
import type { ErasingQueue } from "../_shared/people/erasing_queue.ts";
import type { People } from "../_shared/people/people.ts";
import type { ChangeAuthor } from "../_shared/registry/change_author.ts";
import type { Operator } from "../_shared/switching/require_present_operator.ts";
import type { Registry } from "../_shared/registry/registry.ts";
import type { ReportStore } from "../_shared/reports/report_store.ts";
import type { Log } from "../_shared/runtime/log.ts";
import type { Assistants } from "../_shared/switching/assistants.ts";
import type { Evaluations } from "../_shared/switching/evaluations.ts";
import type { ModelPrices } from "../_shared/switching/model_prices.ts";
import type { ModelSwitcher } from "../_shared/switching/model_switcher.ts";
import type { ProbeDependencies } from "../_shared/switching/prove_model.ts";
import type { EvidenceFacts, WordsWanted } from "../_shared/switching/evidence_facts.ts";
import type { TurnFacts, TurnName } from "../_shared/switching/turn_facts.ts";
import type { TrialDependencies } from "../_shared/switching/try_model.ts";
import type { Proposals } from "../_shared/switching/proposals.ts";
import type { Retirements } from "../_shared/switching/retirements.ts";
import type { Rollouts } from "../_shared/switching/rollouts.ts";
import type { SwitchHistory } from "../_shared/switching/switch_history.ts";
import type { UserRoles } from "../_shared/switching/user_roles.ts";
import type { TickStore } from "../_shared/tick/tick_store.ts";

/** The dependencies of the actions. */
export interface ManageDependencies extends InstanceDependencies, ProbeDependencies {}

/** The part that is the same for all requests. */
export interface InstanceDependencies extends Omit<ProbeDependencies, "requestId"> {
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** Whether a user is a platform admin now. */
  readonly isPlatformUser: (userId: string) => Promise<boolean>;
  /** Refuses a change by an operator who is signed in no more, or without a required factor. */
  readonly requirePresentOperator: (operator: Operator) => Promise<void>;
  readonly switcher: ModelSwitcher;
  readonly retirements: Retirements;
  readonly rollouts: Rollouts;
  readonly assistants: Assistants;
  readonly evaluations: Evaluations;
  readonly prices: ModelPrices;
  readonly trials: TrialDependencies;
  readonly history: SwitchHistory;
  readonly proposals: Proposals;
  readonly roles: UserRoles;
  readonly people: People;
  readonly erasingQueue: ErasingQueue;
  /** Reads exports; waits as long as for a report. */
  readonly exports: RpcClient;
  readonly objects: ObjectStore;
  readonly apiKeys: ApiKeys;
  readonly alerts: Alerts;
  /** Sends what is due of alerts to the webhook; null: there is none. */
  readonly deliverAlerts: () => Promise<Deliveries | null>;
  /** Whether alerts are to be sent, as the functions' settings say. */
  readonly hasAlertWebhook: () => boolean;
  readonly limits: Limits;
  readonly ticks: TickStore;
  /** As many random bytes as are asked for, fit for secrets. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly reports: ReportStore;
  /** Reads the current registry, not a cached one. */
  readonly readRegistry: () => Promise<Registry>;
  /**
   * Reads only these models, as far as they exist, and the default, so that the number of other
   * models does not matter.
   */
  readonly readRegistryPart: (modelIds: readonly string[]) => Promise<Registry>;
  /** Reads the registry of an earlier version; null where the audit log does not tell it. */
  readonly readRegistryAsOf: (
    version: number,
    seenAt: string | null,
  ) => Promise<Registry | null>;
  /** Reads the registry as a rollback would leave it. */
  readonly readRegistryAfterRollback: (to: number | null) => Promise<Registry>;
  /** Reads what is on record of a turn, without its words. */
  readonly readTurnFacts: (name: TurnName) => Promise<TurnFacts>;
  /** Reads the same and what stood behind it, with the words where they are wanted. */
  readonly readEvidenceFacts: (name: TurnName, words: WordsWanted) => Promise<EvidenceFacts>;
  /** Reads AWS's lists of the configured region. */
  readonly readCatalog: () => Promise<AwsCatalog>;
  readonly applyCatalogChanges: (
    changes: readonly CatalogChange[],
    author: ChangeAuthor,
  ) => Promise<readonly AppliedChange[]>;
  /** Records what AWS's lists have of the registry; ids of the models that are retired by it. */
  readonly recordAwsList: (report: CatalogReport) => Promise<readonly string[]>;
  /** Records the account's data retention mode in the region of the lists. */
  readonly recordDataRetention: (catalog: AwsCatalog) => Promise<void>;
  /** Lets work go on after the response; the work handles its own failures. */
  readonly continueInBackground: (work: Promise<void>) => void;
  readonly log: Log;
}

/** Today as an ISO date, in UTC. */
export function todayOf({ now }: Pick<InstanceDependencies, "now">): string {
  return new Date(now()).toISOString().slice(0, 10);
}
