export type Side = "canary" | "former";

/** The side of a rollout that a conversation is on. */
export interface AssignedSide {
  readonly rolloutId: number;
  readonly side: Side;
  /** Percent of the units that went to the canary when it was assigned. */
  readonly share: number;
}

/** The side of a rollout that a run counts for. */
export interface Assignment extends AssignedSide {
  /** What was assigned. */
  readonly unit: string;
  /** The model that the run is to be answered by; null: the one that the rules choose. */
  readonly canaryModelId: string | null;
}
