import type { SwitchEffect } from "../api/report_types.ts";

/** A switch on the time axis. */
export interface SwitchMark {
  /** Seconds since 1970. */
  readonly time: number;
  /** Counts from 1 for the oldest; drawn beside the line and written in the list. */
  readonly number: number;
  readonly text: string;
  readonly createdAt: string;
}

/** The switches of a range, oldest first. */
export function switchMarks(
  switches: readonly SwitchEffect[],
  names: SwitchNames,
): SwitchMark[] {
  return [...switches]
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at))
    .map((each, index) => ({
      time: Date.parse(each.created_at) / 1000,
      number: index + 1,
      text: describeSwitch(each, names),
      createdAt: each.created_at,
    }));
}

/** How models and assistants are called. */
export interface SwitchNames {
  readonly model: (modelId: string | null) => string;
  readonly assistant: (type: string) => string;
}

export function describeSwitch(
  { action, assistant_type, from_model_id, to_model_id }: Pick<
    SwitchEffect,
    "action" | "assistant_type" | "from_model_id" | "to_model_id"
  >,
  names: SwitchNames,
): string {
  const subject = assistant_type === null ? "Default" : names.assistant(assistant_type);
  const name = (id: string | null) =>
    id === null ? (action === "set-default" ? "none" : "the default") : names.model(id);
  return `${subject}: ${name(from_model_id)} → ${name(to_model_id)}`;
}

/** Marks whose labels would cover each other, as one label: `2`, or `2–5`. */
export interface MarkLabel {
  readonly x: number;
  readonly text: string;
}

/** @param gap How far apart two labels must begin, in the unit of x. */
export function labelMarks(
  marks: readonly { readonly x: number; readonly number: number }[],
  gap: number,
): MarkLabel[] {
  const groups: { x: number; first: number; last: number }[] = [];
  for (const { x, number } of marks) {
    const group = groups.at(-1);
    if (group !== undefined && x - group.x < gap) group.last = number;
    else groups.push({ x, first: number, last: number });
  }
  return groups.map(({ x, first, last }) => ({
    x,
    text: first === last ? `${first}` : `${first}–${last}`,
  }));
}
