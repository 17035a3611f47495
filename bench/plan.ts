/** How much is measured: the bounds of every scenario. */
export interface Plan {
  readonly name: "full" | "quick";
  readonly overhead: {
    readonly rounds: number;
    /** How long one server is measured at a time, in milliseconds. */
    readonly sliceMs: number;
    readonly warmUpMs: number;
  };
  readonly switching: {
    /** By REST and by SQL in turn. */
    readonly switches: number;
    readonly processes: number;
    /** What the poll that ours is compared with waits, in milliseconds. */
    readonly pollMs: number;
  };
}

export const plans: Readonly<Record<Plan["name"], Plan>> = {
  full: {
    name: "full",
    overhead: { rounds: 5, sliceMs: 600, warmUpMs: 1_000 },
    switching: { switches: 1_000, processes: 8, pollMs: 30_000 },
  },
  quick: {
    name: "quick",
    overhead: { rounds: 2, sliceMs: 150, warmUpMs: 250 },
    switching: { switches: 40, processes: 8, pollMs: 3_000 },
  },
};
