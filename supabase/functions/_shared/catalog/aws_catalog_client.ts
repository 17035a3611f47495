import type {
  FoundationModelSummary,
  InferenceProfileSummary,
  InferenceProfileType,
} from "@aws-sdk/client-bedrock";
import type { BedrockConfig } from "../bedrock/bedrock_config.ts";
import { boundedBody } from "../bedrock/bounded_body.ts";
import { clientOptions } from "../bedrock/client_options.ts";
import { AppError } from "../core/app_error.ts";
import { seconds } from "../core/seconds.ts";
import { anyRegion } from "../registry/geography.ts";
import type { AwsCatalog, AwsModel, AwsProfile } from "./aws_catalog.ts";
import { compareText } from "./aws_catalog.ts";
import { toCatalogError } from "./catalog_error.ts";

/** Reads what AWS lists in the configured region. */
export interface ReadCatalogOptions {
  readonly config: BedrockConfig;
  /** Carries the requests. */
  readonly fetch: typeof fetch;
  /** Most milliseconds for everything; 20,000. */
  readonly timeoutMs?: number;
  /** Most profiles that are asked for at once; 1,000, which is AWS's own limit. */
  readonly pageSize?: number;
}

/** AWS has some hundred models and profiles in a region; this is far beyond. */
const maxBytes = 25_000_000;
const maxPages = 100;
/** Most milliseconds that the lists are kept waiting for the data retention mode. */
const longestRetentionMs = 5_000;

/**
 * Reads all foundation models and inference profiles, those of AWS and those of the account, that
 * AWS lists in the configured region. Nothing is tried again here.
 *
 * @throws {AppError} what {@linkcode toCatalogError} makes of AWS's and the network's errors;
 * `bedrock_timeout` when the limit passes; `bedrock_bad_response` when the lists do not end.
 */
export async function readAwsCatalog(options: ReadCatalogOptions): Promise<AwsCatalog> {
  const { config, timeoutMs = 20_000, pageSize = 1_000 } = options;
  const { region } = config;
  // Loaded when it is first needed: most calls of the functions never list anything.
  const { FetchHttpHandler } = await import("@smithy/fetch-http-handler");
  const {
    BedrockClient,
    GetAccountDataRetentionCommand,
    ListFoundationModelsCommand,
    ListInferenceProfilesCommand,
  } = await import("@aws-sdk/client-bedrock");
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const timer = setTimeout(() => giveUp.abort(tooLate(timeoutMs)), timeoutMs);
  const client = new BedrockClient({
    ...clientOptions(region, config),
    requestHandler: new FetchHttpHandler({ customFetch: boundedFetch(options.fetch, giveUp) }),
  });

  const listModels = async () => {
    const output = await client.send(new ListFoundationModelsCommand({}), { abortSignal: signal });
    return output.modelSummaries ?? [];
  };
  const listProfiles = async (typeEquals: InferenceProfileType) => {
    const summaries: InferenceProfileSummary[] = [];
    const seen = new Set<string>();
    let nextToken: string | undefined;
    do {
      const output = await client.send(
        new ListInferenceProfilesCommand({ typeEquals, maxResults: pageSize, nextToken }),
        { abortSignal: signal },
      );
      summaries.push(...output.inferenceProfileSummaries ?? []);
      nextToken = output.nextToken;
      if (nextToken && (seen.has(nextToken) || seen.size === maxPages)) throw endlessList();
      seen.add(nextToken ?? "");
    } while (nextToken);
    return summaries;
  };

  /** Told by what AWS knows and IAM allows, so what fails is not known, and fails nothing else. */
  const readRetention = async () => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.min(timeoutMs, longestRetentionMs));
    try {
      const { mode } = await client.send(new GetAccountDataRetentionCommand({}), {
        abortSignal: AbortSignal.any([signal, late.signal]),
      });
      return toRetentionMode(mode);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  };

  try {
    const during = <T>(action: string, work: Promise<T>) =>
      work.catch((error) => {
        // Once the reading is aborted, every other failure follows from that.
        throw signal.aborted ? signal.reason : toCatalogError(error, action, region);
      });
    const [models, ofAws, ofAccount, dataRetentionMode] = await Promise.all([
      during("bedrock:ListFoundationModels", listModels()),
      during("bedrock:ListInferenceProfiles", listProfiles("SYSTEM_DEFINED")),
      // AWS does not say whether a list without a type holds those of the account too.
      during("bedrock:ListInferenceProfiles", listProfiles("APPLICATION")),
      readRetention(),
    ]);
    return {
      region,
      dataRetentionMode,
      models: models.map(toModel).toSorted((a, b) => compareText(a.id, b.id)),
      profiles: [...ofAws, ...ofAccount].map(toProfile)
        .toSorted((a, b) => compareText(a.id, b.id)),
    };
  } catch (error) {
    // The other lists are no longer needed.
    giveUp.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    client.destroy();
  }
}

/** Puts the bodies of responses under the limits, which neither `fetch` nor the SDK does. */
function boundedFetch(fetchFn: typeof fetch, giveUp: AbortController): typeof fetch {
  return async (input, init) => {
    const response = await fetchFn(input, init);
    if (response.body === null) return response;
    const onTooLarge = () =>
      giveUp.abort(
        new AppError("bedrock_bad_response", `AWS's lists are larger than ${maxBytes} bytes.`),
      );
    const bounds = { signal: giveUp.signal, maxBytes, onTooLarge };
    return new Response(boundedBody(response.body, bounds), response);
  };
}

function tooLate(timeoutMs: number): AppError {
  return new AppError("bedrock_timeout", `AWS did not list its models in ${seconds(timeoutMs)}.`, {
    hint: "Try again. If it fails again, check AWS_ENDPOINT_URL_BEDROCK and the network.",
  });
}

function endlessList(): AppError {
  return new AppError("bedrock_bad_response", "AWS's list of inference profiles does not end.", {
    hint: "Check AWS_ENDPOINT_URL_BEDROCK and the proxies on the way.",
  });
}

function toModel(summary: FoundationModelSummary): AwsModel {
  const id = summary.modelId ?? "";
  const { modelLifecycle: life } = summary;
  return {
    id,
    name: summary.modelName ?? id,
    provider: summary.providerName ?? "",
    inputModalities: summary.inputModalities ?? [],
    outputModalities: summary.outputModalities ?? [],
    streaming: summary.responseStreamingSupported ?? false,
    inferenceTypes: summary.inferenceTypesSupported ?? [],
    lifecycle: toLifecycle(life?.status),
    legacyOn: toDate(life?.legacyTime),
    extendedAccessOn: toDate(life?.publicExtendedAccessTime),
    endsOn: toDate(life?.endOfLifeTime),
  };
}

/**
 * @param mode Text, since AWS may add modes that this SDK does not know.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetAccountDataRetention.html
 */
function toRetentionMode(mode: string | undefined): string | null {
  return mode !== undefined && /^\w{1,100}$/.test(mode) ? mode : null;
}

function toDate(time: Date | undefined): string | null {
  return time?.toISOString().slice(0, 10) ?? null;
}

/** @param status Text, since AWS may add states that this SDK does not know. */
function toLifecycle(status: string | undefined): AwsModel["lifecycle"] {
  switch (status) {
    case "ACTIVE":
      return "active";
    case "LEGACY":
      return "legacy";
    default:
      return "unknown";
  }
}

function toProfile(summary: InferenceProfileSummary): AwsProfile {
  const id = summary.inferenceProfileId ?? "";
  const arns = (summary.models ?? []).map((model) => model.modelArn ?? "");
  const modelIds = new Set(arns.map((arn) => /:foundation-model\/(.+)$/.exec(arn)?.[1] ?? null));
  const [modelId = null] = modelIds;
  // An ARN without a region is how `global.` profiles say that every region may serve them.
  const regions = new Set(arns.map((arn) => arn.split(":")[3] || anyRegion));
  return {
    id,
    arn: summary.inferenceProfileArn ?? "",
    name: summary.inferenceProfileName ?? id,
    kind: summary.type === "APPLICATION" ? "application" : "system-defined",
    modelId: modelIds.size === 1 ? modelId : null,
    destinationRegions: [...regions].sort(),
  };
}
