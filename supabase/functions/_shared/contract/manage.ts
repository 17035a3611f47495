/** The actions of `manage-bedrock-models`: what each takes and answers. */
import { z } from "zod";
import { alertActions } from "./alerts.ts";
import { catalogActions } from "./catalog.ts";
import { dailyWorkActions } from "./daily_work.ts";
import { evaluationActions } from "./evaluations.ts";
import { historyActions } from "./history.ts";
import { impactActions } from "./impact.ts";
import type { Immutable } from "./immutable.ts";
import { keyActions } from "./keys.ts";
import { lifecycleActions } from "./lifecycle.ts";
import { limitActions } from "./limits.ts";
import { modelActions } from "./models.ts";
import { exportUserRequestSchema, peopleActions } from "./people.ts";
import { proposalActions } from "./proposals.ts";
import { reportActions } from "./reports.ts";
import { rolloutActions } from "./rollouts.ts";
import { settingsActions } from "./settings.ts";
import { statusActions } from "./status.ts";
import { switchingActions } from "./switching.ts";

/** Every action, by its name. All types of requests and answers derive from this table. */
export const manageActions = {
  ...modelActions,
  ...switchingActions,
  ...rolloutActions,
  ...lifecycleActions,
  ...historyActions,
  ...catalogActions,
  ...settingsActions,
  ...reportActions,
  ...dailyWorkActions,
  ...keyActions,
  ...limitActions,
  ...evaluationActions,
  ...impactActions,
  ...alertActions,
  ...statusActions,
  ...proposalActions,
  ...peopleActions,
};

/** Actions whose answer is lines of JSON, as they come: what each takes. */
export const streamedActions = {
  "export-user": exportUserRequestSchema,
};

type Actions = typeof manageActions;

export type ActionName = keyof Actions;

/** The fields of a request besides `action`. */
export type ArgumentsOf<A extends ActionName> = z.infer<Actions[A]["request"]>;

/** A request of one action, or of any of several. */
export type RequestOf<A extends ActionName> = {
  // An empty object's type forbids every field, `action` too.
  [Name in A]:
    & { action: Name }
    & (ArgumentsOf<Name> extends Record<string, never> ? unknown : ArgumentsOf<Name>);
}[A];

/** A request of `export-user`. */
export type ExportUserRequest =
  & { action: "export-user" }
  & z.infer<typeof streamedActions["export-user"]>;

export type ManageRequest = RequestOf<ActionName> | ExportUserRequest;

/** An answer as it is sent; errors are another shape, see errors.ts. */
export type AnswerOf<A extends ActionName> = Immutable<z.infer<Actions[A]["answer"]>>;

/** An answer as an action returns it; the handler adds that it is a success. */
export type ResultOf<A extends ActionName> = Omit<AnswerOf<A>, "success">;

export const actionNames = Object.keys(manageActions) as readonly ActionName[];

/** A request of any action. */
export const manageRequestSchema = requestSchema();

function requestSchema(): z.ZodType<ManageRequest> {
  const [first, ...others] = [
    ...actionNames.map((name) => manageActions[name].request.extend({ action: z.literal(name) })),
    ...Object.entries(streamedActions).map(([name, request]) =>
      request.extend({ action: z.literal(name) })
    ),
  ];
  if (first === undefined) throw new TypeError("there must be an action");
  const union = z.discriminatedUnion("action", [first, ...others], {
    error: (issue) =>
      issue.code === "invalid_union"
        ? `must be one of ${[...actionNames, ...Object.keys(streamedActions)].join(", ")}`
        : undefined,
  });
  // The compiler does not follow a union that is made from a table.
  return union as z.ZodType as z.ZodType<ManageRequest>;
}
