import { z } from "zod";
import { callDatabase } from "../database/call_database.ts";
import type { DatabaseClient } from "../database/database.ts";
import { authorArguments, type ChangeAuthor } from "../registry/change_author.ts";
import type { Model } from "../registry/model.ts";
import { type priceColumns, type PricePeriod, pricePeriodSchema } from "./price_period.ts";

/** Prices that are to change; what is undefined stays. */
export type PriceChange = {
  readonly [Name in keyof typeof priceColumns]?: Model[Name] | undefined;
};

/** When prices begin to hold, and on what the change was decided. */
export interface PriceTerms {
  /** ISO 8601; undefined: from now on. */
  readonly validFrom: string | undefined;
  /** The registry's version; undefined: any. */
  readonly expectedVersion: number | undefined;
}

/** The prices of models, and when they hold. */
export class ModelPrices {
  readonly #database: DatabaseClient;

  constructor(database: DatabaseClient) {
    this.#database = database;
  }

  /**
   * The newest period first.
   *
   * @throws {AppError} `model_not_found`
   */
  async list(modelId: string): Promise<readonly PricePeriod[]> {
    const call = this.#database.rpc("list_model_prices", { p_model_id: modelId });
    return await callDatabase(call, z.array(pricePeriodSchema));
  }

  /**
   * Sets prices from now on or from a later moment on; no prices take back what was scheduled for it.
   *
   * @throws {AppError} `model_not_found`, `registry_changed`; `invalid_request` for a moment that is
   * past or for which nothing is scheduled
   */
  async set(
    modelId: string,
    prices: PriceChange,
    { validFrom, expectedVersion }: PriceTerms,
    author: ChangeAuthor,
  ): Promise<void> {
    const call = this.#database.rpc("set_model_price", {
      p_model_id: modelId,
      p_prices: { ...prices },
      ...(validFrom !== undefined && { p_valid_from: validFrom }),
      ...(expectedVersion !== undefined && { p_expected_version: expectedVersion }),
      ...authorArguments(author),
    });
    await callDatabase(call, z.unknown());
  }
}
