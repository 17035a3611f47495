import { AlertOutbox } from "../_shared/alerts/alert_outbox.ts";
import { readAlertWebhook } from "../_shared/alerts/alert_webhook.ts";
import { Alerts } from "../_shared/alerts/alerts.ts";
import { deliverAlerts } from "../_shared/alerts/deliver_alerts.ts";
import { createBedrockClients } from "../_shared/bedrock/bedrock_client.ts";
import {
  readBedrockConfig,
  readBedrockRegion,
  readCatalogConfig,
} from "../_shared/bedrock/bedrock_config.ts";
import { readAwsCatalog } from "../_shared/catalog/aws_catalog_client.ts";
import {
  applyCatalogChanges,
  recordAwsList,
  recordDataRetention,
} from "../_shared/catalog/catalog_store.ts";
import { createRpcClient } from "../_shared/database/rpc_client.ts";
import { createDatabase } from "../_shared/database/database.ts";
import { describeUnreadable, type ReportUnreadable } from "../_shared/database/read_leniently.ts";
import { createAuthenticator } from "../_shared/http/authenticate.ts";
import { serve } from "../_shared/http/serve.ts";
import { ApiKeys } from "../_shared/keys/api_keys.ts";
import { ObjectStore } from "../_shared/media/object_store.ts";
import { ErasingQueue } from "../_shared/people/erasing_queue.ts";
import { People } from "../_shared/people/people.ts";
import { Limits } from "../_shared/limits/limits.ts";
import {
  readRegistry,
  readRegistryAfterRollback,
  readRegistryAsOf,
} from "../_shared/registry/registry_store.ts";
import { ReportStore, reportTimeoutMs } from "../_shared/reports/report_store.ts";
import { continueInBackground } from "../_shared/runtime/background.ts";
import { readEnvironment } from "../_shared/runtime/environment.ts";
import { createModelCaller } from "../_shared/runs/model_caller.ts";
import { describeCauses, logToConsole } from "../_shared/runtime/log.ts";
import { sleep } from "../_shared/runtime/sleep.ts";
import { Assistants } from "../_shared/switching/assistants.ts";
import { readEvidenceFacts } from "../_shared/switching/evidence_facts.ts";
import { Evaluations } from "../_shared/switching/evaluations.ts";
import { isPlatformUser } from "../_shared/switching/is_platform_user.ts";
import { ModelPrices } from "../_shared/switching/model_prices.ts";
import { ModelSwitcher } from "../_shared/switching/model_switcher.ts";
import { requirePresentOperator } from "../_shared/switching/require_present_operator.ts";
import { Retirements } from "../_shared/switching/retirements.ts";
import { ProbeStore } from "../_shared/switching/probe_store.ts";
import { Rollouts } from "../_shared/switching/rollouts.ts";
import { recordTrial } from "../_shared/switching/try_model.ts";
import { Proposals } from "../_shared/switching/proposals.ts";
import { SwitchHistory } from "../_shared/switching/switch_history.ts";
import { readTurnFacts } from "../_shared/switching/turn_facts.ts";
import { UserRoles } from "../_shared/switching/user_roles.ts";
import { TickStore } from "../_shared/tick/tick_store.ts";
import { createManageHandler } from "./handler.ts";
import type { InstanceDependencies } from "./manage_dependencies.ts";
import { createMetricsHandler } from "./metrics_handler.ts";
import { createTickHandler } from "./tick_handler.ts";

const environment = readEnvironment(Deno.env.toObject());
const project = {
  url: environment.supabaseUrl,
  secretKey: environment.secretKeys[0].key,
  fetch,
};
const database = createDatabase(project);
const slowDatabase = createDatabase({ ...project, timeoutMs: reportTimeoutMs });
const readEnv = (name: string) => Deno.env.get(name);
const reportUnreadable: ReportUnreadable = (rows) =>
  logToConsole("rows-unreadable", { detail: describeUnreadable(rows) });
const reading = () => ({ region: readBedrockRegion(readEnv), reportUnreadable });

const alertWebhook = () => readAlertWebhook(readEnv, environment.supabaseUrl);
const clients = createBedrockClients(() => readBedrockConfig(readEnv), fetch);
/** For durations; the time of day may be set. */
const now = () => performance.now();

const dependencies: InstanceDependencies = {
  authenticate: createAuthenticator(environment, fetch),
  isPlatformUser: (userId) => isPlatformUser(database, userId),
  requirePresentOperator: (operator) => requirePresentOperator(database, operator),
  switcher: new ModelSwitcher(database),
  rollouts: new Rollouts(database),
  retirements: new Retirements(database),
  history: new SwitchHistory(database, reportUnreadable),
  proposals: new Proposals(database, (accessToken) =>
    createRpcClient({
      ...project,
      // The token says who calls, whatever the key.
      secretKey: environment.publicKeys[0]?.key ?? project.secretKey,
      accessToken,
    })),
  roles: new UserRoles(database),
  people: new People(slowDatabase),
  erasingQueue: new ErasingQueue(slowDatabase),
  exports: createRpcClient({ ...project, timeoutMs: reportTimeoutMs }),
  objects: new ObjectStore({ ...project, publicKey: null }),
  apiKeys: new ApiKeys(database),
  alerts: new Alerts(database),
  deliverAlerts: () =>
    deliverAlerts({
      outbox: new AlertOutbox(database),
      webhook: alertWebhook(),
      fetch,
      now: Date.now,
    }),
  hasAlertWebhook: () => alertWebhook().kind !== "none",
  limits: new Limits(slowDatabase),
  ticks: new TickStore(slowDatabase),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  assistants: new Assistants(database),
  evaluations: new Evaluations(database),
  trials: {
    ...createModelCaller(clients, now),
    functionRegion: environment.functionRegion,
    retryBaseMs: environment.retryBaseMs,
    timeoutMs: environment.chatTimeoutMs,
    sleep,
    random: Math.random,
    now,
    randomId: () => crypto.randomUUID(),
    today: () => new Date(),
    record: (trial) => recordTrial(database, trial, sleep),
    reportLoss: (id, error) =>
      logToConsole("trial-unrecorded", { trial_id: id, detail: describeCauses(error) }),
  },
  prices: new ModelPrices(database),
  probes: new ProbeStore(database, reportUnreadable),
  reports: new ReportStore(
    slowDatabase,
    (error) => logToConsole("usage-unsummed", { detail: describeCauses(error) }),
    reportUnreadable,
  ),
  readRegistry: async () => await readRegistry(database, reading()),
  readRegistryPart: async (modelIds) => await readRegistry(database, { ...reading(), modelIds }),
  readRegistryAsOf: async (version, seenAt) =>
    await readRegistryAsOf(database, { version, seenAt }, reading()),
  readRegistryAfterRollback: async (to) => await readRegistryAfterRollback(database, to, reading()),
  readTurnFacts: (name) => readTurnFacts(database, name),
  // Verifies the whole audit log.
  readEvidenceFacts: (name, words) => readEvidenceFacts(slowDatabase, name, words),
  readCatalog: async () => await readAwsCatalog({ config: readCatalogConfig(readEnv), fetch }),
  applyCatalogChanges: (changes, author) => applyCatalogChanges(database, changes, author),
  recordAwsList: (report) => recordAwsList(database, report),
  recordDataRetention: (catalog) => recordDataRetention(database, catalog),
  clients,
  now: Date.now,
  continueInBackground,
  log: logToConsole,
};

export default {
  fetch: serve({
    "": { POST: createManageHandler(dependencies) },
    "/metrics": { GET: createMetricsHandler(dependencies) },
    "/tick": { POST: createTickHandler(dependencies) },
  }, logToConsole),
};
