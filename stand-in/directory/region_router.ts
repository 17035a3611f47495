import { isStreaming, type Operation } from "../routes.ts";
import type { DeniedRegion, ServedModel } from "../served_model.ts";
import { AwsError } from "../wire/aws_error.ts";
import { anyRegion } from "./destinations.ts";

/** A call that is allowed as far as the model goes. */
export interface RoutedCall {
  readonly id: string;
  readonly model: ServedModel;
  /** Where it may be processed. */
  readonly regions: readonly string[];
  readonly denied: readonly DeniedRegion[];
  readonly operation: Operation;
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
        "with an explicit deny in a " +
          "service control policy: arn:aws:organizations::123456789012:policy/p-standin",
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

  /** Forgets whose turn it is. */
  reset(): void {
    this.#calls.clear();
  }
}

/** Converse has no action of its own. */
function actionOf(operation: Operation): string {
  return isStreaming(operation) ? "bedrock:InvokeModelWithResponseStream" : "bedrock:InvokeModel";
}

function notAuthorized(
  modelId: string,
  region: string,
  operation: Operation,
  reason: string,
): AwsError {
  return new AwsError(
    "AccessDeniedException",
    `User: arn:aws:iam::123456789012:user/stand-in is not authorized to perform: ${
      actionOf(operation)
    } on resource: arn:aws:bedrock:${region}::foundation-model/${modelId} ${reason}`,
  );
}
