/** The size of every measurement. */
export interface Plan {
  readonly name: "full" | "quick";
  readonly overhead: {
    readonly rounds: number;
    /** Milliseconds for which one server is measured at a time. */
    readonly sliceMs: number;
    readonly warmUpMs: number;
    /** The relative spread of the rounds above which a comparison is inconclusive. */
    readonly maxSpread: number;
  };
  readonly switching: {
    /** By REST and SQL alternately. */
    readonly switches: number;
    readonly processes: number;
    /** Interval of the baseline's poll in milliseconds. */
    readonly pollMs: number;
  };
  readonly growth: {
    readonly rounds: number;
    readonly sliceMs: number;
    readonly warmUpMs: number;
    /** Models in the registry, the fewest first; the same for the next two. */
    readonly models: readonly number[];
    /** Messages of a conversation. */
    readonly conversations: readonly number[];
    /** Messages in the table. */
    readonly messages: readonly number[];
    /** Limits, nearly all of other users. */
    readonly limits: readonly number[];
  };
  readonly limits: {
    readonly rounds: number;
    /** Milliseconds for which turns are measured under each setting. */
    readonly sliceMs: number;
    /** Milliseconds for which others are measured beside the user who is refused. */
    readonly besideMs: number;
    readonly warmUpMs: number;
  };
  readonly far: {
    /** Milliseconds of a round trip to the database, or to the function. */
    readonly roundTripMs: number;
    /** Times that the servers are started. */
    readonly starts: number;
    /** Of each start. */
    readonly rounds: number;
    readonly sliceMs: number;
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
    overhead: { rounds: 9, sliceMs: 500, warmUpMs: 2_000, maxSpread: 0.35 },
    switching: { switches: 1_000, processes: 8, pollMs: 30_000 },
    growth: {
      rounds: 21,
      sliceMs: 300,
      warmUpMs: 4_000,
      models: [10, 1_000, 10_000],
      conversations: [10, 1_000, 10_000],
      messages: [10_000, 1_000_000],
      limits: [10, 10_000],
    },
    limits: { rounds: 9, sliceMs: 500, besideMs: 2_000, warmUpMs: 2_000 },
    far: { roundTripMs: 65, starts: 3, rounds: 6, sliceMs: 200, seldomRounds: 3 },
    coldStart: { rounds: 10 },
    ceiling: { rounds: 3, sliceMs: 1_500, connections: [1, 2, 5, 10, 20], processes: [1, 2, 4] },
  },
  quick: {
    name: "quick",
    overhead: { rounds: 3, sliceMs: 100, warmUpMs: 400, maxSpread: 0.7 },
    switching: { switches: 40, processes: 8, pollMs: 3_000 },
    growth: {
      rounds: 2,
      sliceMs: 200,
      warmUpMs: 500,
      models: [10, 1_000],
      conversations: [10, 1_000],
      messages: [10_000, 100_000],
      limits: [10, 1_000],
    },
    limits: { rounds: 2, sliceMs: 200, besideMs: 400, warmUpMs: 400 },
    far: { roundTripMs: 65, starts: 1, rounds: 2, sliceMs: 100, seldomRounds: 1 },
    coldStart: { rounds: 2 },
    ceiling: { rounds: 1, sliceMs: 500, connections: [2, 10], processes: [1, 2] },
  },
};
