/** How much is measured: the bounds of every scenario. */
export interface Plan {
  readonly name: "full" | "quick";
  readonly overhead: {
    readonly rounds: number;
    /** How long one server is measured at a time, in milliseconds. */
    readonly sliceMs: number;
    readonly warmUpMs: number;
    /** How far the rounds of a figure may lie apart before a comparison with it tells nothing. */
    readonly mostUnrest: number;
  };
  readonly switching: {
    /** By REST and by SQL in turn. */
    readonly switches: number;
    readonly processes: number;
    /** What the poll that ours is compared with waits, in milliseconds. */
    readonly pollMs: number;
  };
  readonly growth: {
    readonly rounds: number;
    readonly sliceMs: number;
    readonly warmUpMs: number;
    /** Models in the registry, the least first; the same for the next two. */
    readonly models: readonly number[];
    /** Messages of a conversation. */
    readonly conversations: readonly number[];
    /** Messages in the table. */
    readonly messages: readonly number[];
  };
  readonly coldStart: { readonly rounds: number };
  readonly ceiling: {
    readonly rounds: number;
    readonly sliceMs: number;
    /** Connections of the API server to Postgres, and of callers who leave it out. */
    readonly connections: readonly number[];
    /** Processes of `chat`. */
    readonly processes: readonly number[];
  };
}

export const plans: Readonly<Record<Plan["name"], Plan>> = {
  full: {
    name: "full",
    overhead: { rounds: 9, sliceMs: 500, warmUpMs: 2_000, mostUnrest: 0.35 },
    switching: { switches: 1_000, processes: 8, pollMs: 30_000 },
    growth: {
      rounds: 21,
      sliceMs: 300,
      warmUpMs: 4_000,
      models: [10, 1_000, 10_000],
      conversations: [10, 1_000, 10_000],
      messages: [10_000, 1_000_000],
    },
    coldStart: { rounds: 10 },
    ceiling: { rounds: 3, sliceMs: 1_500, connections: [1, 2, 5, 10, 20], processes: [1, 2, 4] },
  },
  quick: {
    name: "quick",
    overhead: { rounds: 3, sliceMs: 100, warmUpMs: 400, mostUnrest: 0.7 },
    switching: { switches: 40, processes: 8, pollMs: 3_000 },
    growth: {
      rounds: 2,
      sliceMs: 200,
      warmUpMs: 500,
      models: [10, 1_000],
      conversations: [10, 1_000],
      messages: [10_000, 100_000],
    },
    coldStart: { rounds: 2 },
    ceiling: { rounds: 1, sliceMs: 500, connections: [2, 10], processes: [1, 2] },
  },
};
