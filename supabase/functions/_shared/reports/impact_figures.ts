import { z } from "zod";
import { count, dollars } from "./report_parts.ts";

/** What the figures are read for. */
export interface FiguresWanted {
  /** Turns of an assistant that another model would answer, or none (null). */
  readonly moves: readonly {
    readonly assistant_type: string;
    readonly from_model_id: string;
    /** The model's row, for its prices. */
    readonly to_model: Readonly<Record<string, unknown>> | null;
  }[];
  /** Models whose calls and pinned conversations are counted. */
  readonly modelIds: readonly string[];
}

const ofModel = { assistant_type: z.string(), model_id: z.string() };

/** Figures of the last 30 days, as `impact_figures()` returns them. */
export const impactFiguresSchema = z.object({
  moves: z.array(z.object({
    assistant_type: z.string(),
    from_model_id: z.string(),
    turns: count,
  })),
  /** Of the moves to another model, all together. */
  cost: z.object({
    turns: count,
    unpriced: count,
    actual_usd: dollars,
    /** Null where a price is not known. */
    what_if_usd: dollars.nullable(),
    difference_usd: z.number().nullable(),
  }),
  /** With those of calls that are with no assistant (null). */
  used: z.array(z.object({
    ...ofModel,
    assistant_type: z.string().nullable(),
    turns: count,
  })),
  pinned: z.array(z.object({ ...ofModel, conversations: count, recent: count })),
});

export type ImpactFigures = Readonly<z.infer<typeof impactFiguresSchema>>;
