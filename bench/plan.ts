/** How much is measured: the bounds of every scenario. */
export interface Plan {
  readonly name: "full" | "quick";
  readonly overhead: {
    readonly rounds: number;
    /** How long one server is measured at a time, in milliseconds. */
    readonly sliceMs: number;
    readonly warmUpMs: number;
  };
}

export const plans: Readonly<Record<Plan["name"], Plan>> = {
  full: {
    name: "full",
    overhead: { rounds: 5, sliceMs: 1_000, warmUpMs: 1_500 },
  },
  quick: {
    name: "quick",
    overhead: { rounds: 3, sliceMs: 250, warmUpMs: 400 },
  },
};
