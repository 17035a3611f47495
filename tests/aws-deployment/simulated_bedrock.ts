import { AwsError, type CliCall, optionOf } from "./cli_call.ts";

/**
 * A system inference profile and the regions that it routes to; null is a global one's no region.
 */
export interface Profile {
  readonly id: string;
  readonly destinations: readonly (string | null)[];
}

const fourRegions = ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"];
const sixRegions = [...fourRegions, "eu-south-1", "eu-south-2"];

/** What the simulated Bedrock offers, as of October 2026 in Frankfurt, and answers. */
export class SimulatedBedrock {
  readonly profiles: Profile[] = [
    { id: "eu.mistral.pixtral-large-2502-v1:0", destinations: fourRegions },
    { id: "eu.anthropic.claude-haiku-5-5", destinations: sixRegions },
    { id: "global.anthropic.claude-haiku-5-5", destinations: ["eu-central-1", null] },
    { id: "eu.amazon.nova-pro-v1:0", destinations: fourRegions },
    { id: "eu.amazon.nova-micro-v1:0", destinations: fourRegions },
  ];
  readonly onDemand: string[] = [
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "openai.gpt-oss-120b-1:0",
  ];
  /** What calls of a model are refused with. */
  readonly refusals = new Map<string, AwsError>();

  constructor(readonly account: string) {}

  answer(call: CliCall): unknown {
    switch (call.command) {
      case "bedrock list-inference-profiles":
        return { inferenceProfileSummaries: this.#listProfiles(optionOf(call, "region")) };
      case "bedrock list-foundation-models":
        return { modelSummaries: this.#listModels(optionOf(call, "region")) };
      case "bedrock-runtime converse":
        return this.#converse(call);
      default:
        throw new Error(`The simulated Bedrock does not answer ${call.command}.`);
    }
  }

  #listProfiles(region: string) {
    return this.profiles.map(({ id, destinations }) => ({
      inferenceProfileName: `Profile ${id}`,
      inferenceProfileArn: `arn:aws:bedrock:${region}:${this.account}:inference-profile/${id}`,
      inferenceProfileId: id,
      models: destinations.map((destination) => ({
        modelArn: `arn:aws:bedrock:${destination ?? ""}::foundation-model/${modelOf(id)}`,
      })),
      status: "ACTIVE",
      type: "SYSTEM_DEFINED",
    }));
  }

  #listModels(region: string) {
    const behindProfiles = this.profiles.map(({ id }) => modelOf(id));
    return [...new Set([...this.onDemand, ...behindProfiles])].map((id) => ({
      modelArn: `arn:aws:bedrock:${region}::foundation-model/${id}`,
      modelId: id,
      modelName: `Model ${id}`,
      outputModalities: ["TEXT"],
      inferenceTypesSupported: [this.onDemand.includes(id) ? "ON_DEMAND" : "INFERENCE_PROFILE"],
      modelLifecycle: { status: id.includes("claude-3") ? "LEGACY" : "ACTIVE" },
    }));
  }

  #converse(call: CliCall) {
    const id = optionOf(call, "model-id");
    const refusal = this.refusals.get(id);
    if (refusal !== undefined) throw refusal;
    if (!this.onDemand.includes(id) && !this.profiles.some((profile) => profile.id === id)) {
      throw new AwsError("ValidationException", "The provided model identifier is invalid.");
    }
    const { maxTokens } = JSON.parse(optionOf(call, "inference-config"));
    const [message] = JSON.parse(optionOf(call, "messages"));
    return {
      output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
      stopReason: "max_tokens",
      usage: { inputTokens: message.content.length, outputTokens: maxTokens, totalTokens: 2 },
    };
  }
}

function modelOf(profileId: string): string {
  return profileId.slice(profileId.indexOf(".") + 1);
}
