/** The demo users of the embedded stack, and the assistant that each talks to. */
export const personas = {
  patient: { email: "patient@example.com", assistantType: "health" },
  clinician: { email: "clinician@example.com", assistantType: "clinical" },
  facility: { email: "facility@example.com", assistantType: "operations" },
  admin: { email: "admin@example.com", assistantType: "platform" },
} as const;

export type Persona = keyof typeof personas;

/** Every persona, in the order in which they are listed to a user. */
export const personaNames = Object.keys(personas) as readonly Persona[];

/** Password of every demo user. */
export const demoPassword = "switchboard";

/** Whether `value` names a persona. */
export function isPersona(value: unknown): value is Persona {
  return typeof value === "string" && Object.hasOwn(personas, value);
}
