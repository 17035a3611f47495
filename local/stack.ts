import { join } from "node:path";
import { createAuthTables, startSupabaseApi, type SupabaseApi } from "./api/supabase_api.ts";
import { type BedrockStandIn, startBedrockStandIn } from "../stand-in/server.ts";
import { projectRoot } from "./config.ts";
import { ConsoleServer } from "./console/server.ts";
import { connect, databaseUrl } from "./database/connect.ts";
import { provisionDatabase } from "./database/provision.ts";
import {
  callsAws,
  defaultRegion,
  functionEnvironment,
  standInCredentials,
} from "./functions/environment.ts";
import { FunctionHost } from "./functions/function_host.ts";
import { watchFolder } from "./functions/watch.ts";
import { Gateway } from "./gateway/gateway.ts";
import { localKeys, type ProjectKeys } from "./keys.ts";
import { assertPortIsFree, freePort } from "./ports.ts";
import { installPrograms } from "./postgres/programs.ts";
import { createPostgresServer, prepareHome } from "./postgres/server.ts";
import { openState } from "./state.ts";
import { startTicker } from "./ticker.ts";

export interface StackOptions {
  /** Port of the API and the functions; 0: any free one, as for the others. Default: 0. */
  readonly apiPort?: number;
  readonly dbPort?: number;
  readonly bedrockPort?: number;
  readonly consolePort?: number;
  /** Where the database and Storage's files are kept. */
  readonly stateDir: string;
  /**
   * Names under which browsers may reach the API, and whose pages may use it, besides this
   * machine's own. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** Begin with an empty database. Default: false. */
  readonly reset?: boolean;
  /** Restart functions and bundle the console again when their files change. Default: false. */
  readonly watch?: boolean;
  /** Path of the Deno that runs the functions. Default: this one. */
  readonly functionsDeno?: string | undefined;
  /** Default: the project's `supabase/functions`; the same for the next two. */
  readonly functionsDir?: string;
  readonly migrationsDir?: string;
  readonly seedPath?: string;
  /**
   * Secrets of the functions. With AWS credentials among them the functions call AWS; nothing is
   * taken from this process's environment.
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether the database survives a crash of the machine. Default: true. A stack that is thrown
   * away after use does without, and waits for no disk.
   */
  readonly durable?: boolean;
  /** Most connections of the API to the database. Default: 10. */
  readonly apiConnections?: number | undefined;
  /** Milliseconds between ticks, over HTTP as a cron runs them. Default: none runs. */
  readonly tickEveryMs?: number;
  /** Gets a line about each step and each line that a function prints. Default: dropped. */
  readonly log?: (line: string) => void;
  /** Gives up the start; what was started is stopped. */
  readonly signal?: AbortSignal;
}

/** A part that can be stopped and started again, on the same port and with the same data. */
export interface StackPart {
  stop(): Promise<void>;
  start(): Promise<void> | void;
}

/** A running stack. */
export interface Stack {
  readonly apiUrl: string;
  readonly dbUrl: string;
  readonly bedrockUrl: string;
  readonly consoleUrl: string;
  readonly keys: ProjectKeys;
  /** Everything that the functions see of their environment. */
  readonly functionsEnv: Readonly<Record<string, string>>;
  readonly postgres: StackPart;
  /** `/rest/v1`, `/auth/v1` and `/storage/v1`; while it is stopped, the gateway answers 503 for them. */
  readonly api: StackPart;
  /** The port of API and functions; while it is stopped, connections are refused. */
  readonly gateway: StackPart;
  readonly bedrock: StackPart;
  readonly functions: StackPart;
  /** Stops all parts, and gives the state folder free. */
  stop(): Promise<void>;
}

/**
 * Starts everything that the project needs, on 127.0.0.1.
 *
 * @throws {StackError} saying what failed; then nothing is left running.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { log = () => {}, env = {} } = options;
  const supabaseDir = join(projectRoot, "supabase");
  /** How to undo what was done so far, the last first. */
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (let step = undo.pop(); step; step = undo.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  /** Waits for a step of the start, after which the start may be given up. */
  const step = async <T>(work: Promise<T>) => {
    const result = await work;
    options.signal?.throwIfAborted();
    return result;
  };

  try {
    const state = openState(options.stateDir);
    undo.push(() => state.release());
    if (state.postgres.note) log(state.postgres.note);

    await prepareHome(state.postgres);
    const dbPort = options.dbPort || freePort();
    const apiPort = options.apiPort || freePort();
    const bedrockPort = options.bedrockPort || freePort();
    const consolePort = options.consolePort || freePort();
    const programs = await step(installPrograms(state.postgres.dir));
    const postgres = createPostgresServer({
      home: state.postgres,
      programs,
      port: dbPort,
      durable: options.durable,
    });
    // A stack that was killed leaves processes behind; they may hold the ports.
    await postgres.stop();
    await state.processes.endLeftovers();
    assertPortIsFree(dbPort, "PostgreSQL", "SWITCHBOARD_DB_PORT");
    assertPortIsFree(apiPort, "the API", "SWITCHBOARD_API_PORT");
    assertPortIsFree(bedrockPort, "the Bedrock stand-in", "SWITCHBOARD_BEDROCK_PORT");
    assertPortIsFree(consolePort, "the console", "SWITCHBOARD_CONSOLE_PORT");

    if (options.reset) {
      log("Deleting the database.");
      await postgres.deleteData();
      state.deleteFiles();
    }

    const keys = await localKeys();
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const dbUrl = databaseUrl(dbPort);
    const bedrockUrl = `http://127.0.0.1:${bedrockPort}`;
    const consoleUrl = `http://127.0.0.1:${consolePort}`;
    const functionsDir = options.functionsDir ?? join(supabaseDir, "functions");
    const functionsEnv = functionEnvironment({ apiUrl, dbUrl, bedrockUrl, keys, secrets: env });
    const apiOptions = {
      dbPort,
      apiUrl,
      keys,
      filesDir: state.filesDir,
      connections: options.apiConnections,
    };

    log("Starting PostgreSQL.");
    undo.push(() => postgres.stop());
    await step(postgres.start());

    const bedrock = restartable<BedrockStandIn>(() =>
      startBedrockStandIn({
        port: bedrockPort,
        region: env.BEDROCK_REGION ?? defaultRegion,
        ...standInCredentials,
        log: (line) => log(`[bedrock] ${line}`),
      })
    );
    undo.push(() => bedrock.stop());
    if (!callsAws(env)) await bedrock.start();

    const functions = new FunctionHost({
      functionsDir,
      env: functionsEnv,
      deno: options.functionsDeno,
      processes: state.processes,
      log,
    });
    log("Starting the functions; the first start downloads their packages.");
    const functionsStarted = functions.start();
    functionsStarted.catch(() => {});
    // The first start downloads their packages, so that no request waits for that.
    options.signal?.addEventListener("abort", () => functions.stop(), { once: true });

    const api = restartable<SupabaseApi>(async () => {
      const admin = connect(dbPort, "supabase_admin");
      try {
        return await startSupabaseApi(apiOptions, admin);
      } finally {
        await admin.end({ timeout: 1 });
      }
    });
    undo.push(() => api.stop());
    const gateway = new Gateway({
      port: apiPort,
      functions,
      api: () => api.current?.fetch,
      allowedHosts: options.allowedHosts,
    });
    undo.push(() => gateway.stop());
    undo.push(() => functions.stop());

    log("Preparing the database.");
    await step(provisionDatabase({
      port: dbPort,
      migrationsDir: options.migrationsDir ?? join(supabaseDir, "migrations"),
      seedPath: options.seedPath ?? join(supabaseDir, "seed.sql"),
      createAuthTables: () => createAuthTables(apiOptions),
      log,
    }));
    await step(api.start());
    await step(functionsStarted);
    if (options.watch) undo.push(watchFolder(functionsDir, () => functions.reload()));
    await step(gateway.start());
    const operatorsConsole = new ConsoleServer({ port: consolePort, apiUrl, keys, log });
    undo.push(() => operatorsConsole.close());
    await step(operatorsConsole.start());
    if (options.watch) {
      undo.push(watchFolder(join(projectRoot, "console"), () => operatorsConsole.invalidate()));
    }
    if (options.tickEveryMs !== undefined) {
      const secretKey = keys.secret;
      undo.push(startTicker({ apiUrl, secretKey, everyMs: options.tickEveryMs, log }));
    }

    return {
      apiUrl,
      dbUrl,
      bedrockUrl,
      consoleUrl,
      keys,
      functionsEnv,
      postgres,
      api,
      gateway,
      bedrock,
      functions,
      stop,
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/** A part that is created at each start and closed at each stop. */
function restartable<T extends { close(): Promise<void> }>(make: () => Promise<T> | T) {
  return {
    current: undefined as T | undefined,
    async start() {
      this.current ??= await make();
    },
    async stop() {
      const { current } = this;
      this.current = undefined;
      await current?.close();
    },
  };
}
