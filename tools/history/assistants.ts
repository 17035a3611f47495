import type { Rhythm } from "./rhythm.ts";

/** Who asks an assistant, how often, and how much is said. */
export interface Manner {
  readonly assistant_type: string;
  /** Of all that is asked on a weekday, and on a day of the weekend; proportions count. */
  readonly weekdayShare: number;
  readonly weekendShare: number;
  readonly users: number;
  /** How the addresses of its users begin. */
  readonly person: string;
  readonly rhythm: Rhythm;
  readonly system_tokens: number;
  /** Medians. */
  readonly question_tokens: number;
  readonly answer_tokens: number;
}

/** The four assistants of the seed; others have no history. */
export const manners: readonly Manner[] = [
  {
    assistant_type: "health",
    weekdayShare: 70,
    weekendShare: 86,
    users: 200,
    person: "patient",
    rhythm: "home",
    system_tokens: 96,
    question_tokens: 30,
    answer_tokens: 230,
  },
  {
    assistant_type: "clinical",
    weekdayShare: 18,
    weekendShare: 8,
    users: 28,
    person: "provider",
    rhythm: "work",
    system_tokens: 420,
    question_tokens: 70,
    answer_tokens: 460,
  },
  {
    assistant_type: "operations",
    weekdayShare: 9,
    weekendShare: 4,
    users: 14,
    person: "facility",
    rhythm: "work",
    system_tokens: 60,
    question_tokens: 24,
    answer_tokens: 130,
  },
  {
    assistant_type: "platform",
    weekdayShare: 3,
    weekendShare: 2,
    users: 6,
    person: "admin",
    rhythm: "work",
    system_tokens: 64,
    question_tokens: 40,
    answer_tokens: 300,
  },
];
