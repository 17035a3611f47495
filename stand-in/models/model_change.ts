import { z } from "zod";

const region = z.string().regex(/^([a-z]{2,4}(-[a-z]+)+-\d{1,2}|\*)$/, "is not an AWS region");

/** The changes that a model or a profile takes while the stand-in runs. */
export const modelChange = z.strictObject({
  lifecycle: z.enum(["active", "legacy", "retired"]).optional(),
  access: z.enum(["granted", "denied"]).optional(),
  /** False: it is neither listed nor served. True: it is listed, even if it is retired. */
  listed: z.boolean().optional(),
  /** The announced end of life, an ISO date; null for none. */
  endsOn: z.iso.date().nullable().optional(),
  /** The same of the day from which it is legacy, and of the one from which it may cost more. */
  legacyOn: z.iso.date().nullable().optional(),
  extendedAccessOn: z.iso.date().nullable().optional(),
  /** Regions that a profile routes to; `*` is every region. Adds a profile that does not exist. */
  destinationRegions: z.array(region).min(1).readonly().optional(),
  /** Regions in which IAM denies the calls that are routed there. */
  deniedRegions: z.array(z.strictObject({
    region,
    /**
     * `when-routed-there`: calls take turns over the destination regions, and each that comes to
     * this one fails, as when a policy omits a region. `always`: every call fails, as when an
     * organisation's policy forbids the region.
     */
    when: z.enum(["when-routed-there", "always"]).default("when-routed-there"),
  })).readonly().optional(),
  /** Adds a model of another id that is like this one, by foundation-model id. */
  like: z.string().optional(),
  /** The name of an added model. */
  name: z.string().min(1).optional(),
  /** Prefixes of its inference profiles. */
  profiles: z.array(z.string().regex(/^[a-z-]+$/, "is not a prefix")).readonly().optional(),
  /** Whether the bare id may be invoked. */
  onDemand: z.boolean().optional(),
}).refine((change) => Object.values(change).some((value) => value !== undefined), {
  error: "Give at least one change, such as lifecycle or access.",
});

export type ModelChange = z.infer<typeof modelChange>;
/** With its defaults left out. */
export type ModelChangeInput = z.input<typeof modelChange>;
export type DeniedRegion = NonNullable<ModelChange["deniedRegions"]>[number];
