/** How often and how long servers are measured with each kind of request. */
export interface CellsPlan {
  /** Times that the servers are started. */
  readonly starts: number;
  /** Of each start. */
  readonly rounds: number;
  /** Milliseconds for which one server is measured in a round. */
  readonly sliceMs: number;
  /** The same with many requests at a time: so long that its beginning and end count for little. */
  readonly loadedSliceMs: number;
  /** Milliseconds for which it is asked before it is measured. */
  readonly warmUpMs: number;
}

/** The size of every measurement. */
export interface Plan {
  readonly name: "full" | "quick";
  /** The functions in memory, and the baselines. */
  readonly overhead: CellsPlan;
  /** Streams at a model's pace. */
  readonly streams: {
    readonly starts: number;
    /** Streams at a time. */
    readonly concurrencies: readonly number[];
  };
  /** The functions with Postgres. */
  readonly turns: CellsPlan;
  readonly switching: {
    /** Switches, by REST and SQL alternately; the next two as well. */
    readonly ofChat: number;
    /** Of `chat` while a rollout is active. */
    readonly besideRollout: number;
    readonly ofDialects: number;
    /** Blocks of switches that are timed, at half load; the others are made while saturated. */
    readonly blocks: number;
    /** Switches of a block, of which there is a p50 and a p99. */
    readonly ofBlock: number;
    /** Questions to each process after a block, when nothing is switched. */
    readonly quietRounds: number;
    /** Processes of `chat`. */
    readonly processes: number;
    /** Milliseconds for which processes are saturated, to find half of their rate. */
    readonly saturateMs: number;
    /** Processes of each of the two baselines that keep the registry for a time. */
    readonly timedProcesses: number;
    /** Interval of the baseline's poll in milliseconds. */
    readonly pollMs: number;
  };
  readonly growth: {
    /** Times that both projects are started. */
    readonly starts: number;
    /** Of each start and size. */
    readonly rounds: number;
    readonly sliceMs: number;
    readonly warmUpMs: number;
    /** Models in the registry, the fewest first; the same for those below. */
    readonly models: readonly number[];
    /** Messages of a conversation. */
    readonly conversations: readonly number[];
    /** Messages in the table. */
    readonly messages: readonly number[];
    /** API keys, all but one of others. */
    readonly keys: readonly number[];
    /** Limits, nearly all of other users or API keys. */
    readonly limits: readonly number[];
    /** Users with a window of a limit of each user. */
    readonly windows: readonly number[];
  };
  readonly costs: CellsPlan & {
    /** Milliseconds for which others are measured beside the user who is refused. */
    readonly besideMs: number;
  };
  readonly far: {
    /** Milliseconds of a round trip to the database, or to the function. */
    readonly roundTripMs: number;
    /** Times that the servers are started. */
    readonly starts: number;
    /** Of each start. */
    readonly rounds: number;
    readonly sliceMs: number;
    /** Milliseconds for which each process is asked by many before it is measured. */
    readonly warmUpMs: number;
    /** Rounds of each start of what is seldom: one request each. */
    readonly seldomRounds: number;
  };
  readonly coldStart: { readonly rounds: number };
  readonly ceiling: {
    readonly rounds: number;
    readonly sliceMs: number;
    /** Connections of the API server to Postgres, and of direct callers. */
    readonly connections: readonly number[];
    /** Processes of `chat`. */
    readonly processes: readonly number[];
  };
}

export const plans: Readonly<Record<Plan["name"], Plan>> = {
  full: {
    name: "full",
    overhead: { starts: 3, rounds: 6, sliceMs: 150, loadedSliceMs: 250, warmUpMs: 400 },
    streams: { starts: 2, concurrencies: [32, 200] },
    turns: { starts: 3, rounds: 6, sliceMs: 250, loadedSliceMs: 450, warmUpMs: 600 },
    switching: {
      ofChat: 600,
      besideRollout: 400,
      ofDialects: 1_000,
      blocks: 8,
      ofBlock: 12,
      quietRounds: 4,
      processes: 8,
      saturateMs: 4_000,
      timedProcesses: 4,
      pollMs: 10_000,
    },
    growth: {
      starts: 3,
      rounds: 12,
      sliceMs: 250,
      warmUpMs: 2_000,
      models: [10, 1_000, 10_000],
      conversations: [10, 1_000, 10_000],
      messages: [10_000, 1_000_000],
      keys: [10, 10_000],
      limits: [10, 10_000],
      windows: [10, 1_000_000],
    },
    costs: {
      starts: 3,
      rounds: 6,
      sliceMs: 250,
      loadedSliceMs: 450,
      besideMs: 1_000,
      warmUpMs: 300,
    },
    far: { roundTripMs: 65, starts: 3, rounds: 6, sliceMs: 200, warmUpMs: 1_000, seldomRounds: 3 },
    coldStart: { rounds: 10 },
    ceiling: { rounds: 3, sliceMs: 1_500, connections: [1, 2, 5, 10, 20], processes: [1, 2, 4] },
  },
  quick: {
    name: "quick",
    overhead: { starts: 1, rounds: 2, sliceMs: 40, loadedSliceMs: 60, warmUpMs: 60 },
    streams: { starts: 1, concurrencies: [32] },
    turns: { starts: 1, rounds: 2, sliceMs: 60, loadedSliceMs: 100, warmUpMs: 60 },
    switching: {
      ofChat: 12,
      besideRollout: 6,
      ofDialects: 12,
      blocks: 1,
      ofBlock: 4,
      quietRounds: 2,
      processes: 2,
      saturateMs: 600,
      timedProcesses: 1,
      pollMs: 1_000,
    },
    growth: {
      starts: 1,
      rounds: 2,
      sliceMs: 150,
      warmUpMs: 300,
      models: [10, 1_000],
      conversations: [10, 1_000],
      messages: [10_000, 100_000],
      keys: [10, 1_000],
      limits: [10, 1_000],
      windows: [10, 10_000],
    },
    costs: { starts: 1, rounds: 2, sliceMs: 60, loadedSliceMs: 100, besideMs: 300, warmUpMs: 60 },
    far: { roundTripMs: 65, starts: 1, rounds: 2, sliceMs: 50, warmUpMs: 100, seldomRounds: 1 },
    coldStart: { rounds: 2 },
    ceiling: { rounds: 1, sliceMs: 500, connections: [2, 10], processes: [1, 2] },
  },
};
