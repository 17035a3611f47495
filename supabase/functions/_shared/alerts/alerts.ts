import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import { type AlertKind, type AlertRule, alertRuleSchema, alertSchema } from "./alert.ts";

const version = { registry_version: z.int() };
const alertsSchema = z.object({ alerts: z.array(alertSchema), open_count: z.int(), ...version });
const acknowledgedSchema = z.object({ alert: alertSchema, ...version });
const rulesSchema = z.object({ rules: z.array(alertRuleSchema), ...version });
const setSchema = z.object({ rule: alertRuleSchema, former: alertRuleSchema, ...version });

/** What a change of a rule names; the rest stays. */
export type RuleChange = {
  readonly [Field in Exclude<keyof AlertRule, "kind">]?: AlertRule[Field] | undefined;
};

/** Alerts and their rules, as operators see and set them. */
export class Alerts {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /** @param open Only open ones, or only closed ones; undefined: both. */
  async list(
    { open, most }: { readonly open: boolean | undefined; readonly most: number },
  ): Promise<Readonly<z.infer<typeof alertsSchema>>> {
    const call = this.#database.rpc("list_alerts", {
      ...(open !== undefined && { p_open: open }),
      p_most: most,
    });
    return await callDatabase(call, alertsSchema);
  }

  /** @throws {AppError} `alert_not_found` */
  async acknowledge(
    id: string,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof acknowledgedSchema>>> {
    const call = this.#database.rpc("acknowledge_alert", { p_id: id, ...authorArguments(author) });
    return await callDatabase(call, acknowledgedSchema);
  }

  async rules(): Promise<Readonly<z.infer<typeof rulesSchema>>> {
    return await callDatabase(this.#database.rpc("list_alert_rules"), rulesSchema);
  }

  /** @throws {AppError} `invalid_request` where the values do not fit the kind or each other */
  async setRule(
    kind: AlertKind,
    change: RuleChange,
    author: ChangeAuthor,
  ): Promise<Readonly<z.infer<typeof setSchema>>> {
    const call = this.#database.rpc("set_alert_rule", {
      p_kind: kind,
      p_rule: change,
      ...authorArguments(author),
    });
    return await callDatabase(call, setSchema);
  }
}
