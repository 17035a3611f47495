import { isStreaming, type RuntimeOperation } from "../operations.ts";
import { AwsError } from "../wire/aws_error.ts";
import { account, foundationModelArn } from "./arn.ts";
import { anyRegion } from "./destinations.ts";
import type { DeniedRegion } from "./model_change.ts";
import type { ServedModel } from "./served_model.ts";

/** A call of a model that the caller may use. */
export interface RoutedCall {
  readonly id: string;
  readonly model: ServedModel;
  /** Where it may be processed. */
  readonly regions: readonly string[];
  readonly denied: readonly DeniedRegion[];
  readonly operation: RuntimeOperation;
}

/** Sends the calls of each id to its destination regions in turn, the first region first. */
export class RegionRouter {
  readonly #calls = new Map<string, number>();

  /** @throws {AwsError} when the caller may not call the model in the region it is routed to. */
  route({ id, model, regions, denied, operation }: RoutedCall): void {
    const count = this.#calls.get(id) ?? 0;
    this.#calls.set(id, count + 1);
    const isDestination = ({ region }: DeniedRegion) =>
      regions.includes(region) || regions.includes(anyRegion);
    const forbidden = denied.find((each) => each.when === "always" && isDestination(each));
    if (forbidden !== undefined) {
      throw notAuthorized(
        model.id,
        forbidden.region,
        operation,
        `with an explicit deny in a service control policy: arn:aws:organizations::${account}:policy/p-standin`,
      );
    }
    const region = regions[count % regions.length];
    const forgotten = denied.find((each) => each.region === region);
    if (forgotten === undefined) return;
    const action = actionOf(operation);
    throw notAuthorized(
      model.id,
      forgotten.region,
      operation,
      `because no identity-based policy allows the ${action} action`,
    );
  }

  /** Starts again with the first region of each id. */
  reset(): void {
    this.#calls.clear();
  }
}

/** Converse has no action of its own. */
function actionOf(operation: RuntimeOperation): string {
  if (operation === "CountTokens") return "bedrock:CountTokens";
  return isStreaming(operation) ? "bedrock:InvokeModelWithResponseStream" : "bedrock:InvokeModel";
}

function notAuthorized(
  modelId: string,
  region: string,
  operation: RuntimeOperation,
  reason: string,
): AwsError {
  return new AwsError(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:user/stand-in is not authorized to perform: ${
      actionOf(operation)
    } on resource: ${foundationModelArn(modelId, region)} ${reason}`,
  );
}
