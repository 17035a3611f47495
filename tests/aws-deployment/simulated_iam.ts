import { AwsError, type CliCall, optionOf } from "./cli_call.ts";
import { isAllowed, type Policy } from "./policy_evaluator.ts";

/** A role or a user. */
export interface Principal {
  readonly arn: string;
  /** Null for a user. */
  readonly trustPolicy: unknown;
  readonly policies: Map<string, Policy>;
  readonly accessKeys: string[];
  readonly apiKeys: string[];
}

/** What the simulated account's IAM holds and answers. */
export class SimulatedIam {
  readonly principals = new Map<string, Principal>();
  /** Regions that a policy of the organization denies. */
  readonly deniedRegions = new Set<string>();
  /** How many simulations more see the policies as they were before the last change. */
  staleSimulations = 0;
  /** Whether SimulatePrincipalPolicy answers with one result per action, its resources inside. */
  nestsResources = false;

  constructor(readonly account: string) {}

  add(
    kind: "role" | "user",
    name: string,
    trustPolicy: unknown = null,
  ): Principal {
    const arn = `arn:aws:iam::${this.account}:${kind}/${name}`;
    const principal = {
      arn,
      trustPolicy,
      policies: new Map(),
      accessKeys: [],
      apiKeys: [],
    };
    this.principals.set(`${kind}/${name}`, principal);
    return principal;
  }

  /** Answers an operation of IAM. */
  answer(call: CliCall): unknown {
    const operation = call.command.slice("iam ".length);
    const kind = call.options.has("role-name") ? "role" : "user";
    const name = () => optionOf(call, `${kind}-name`);
    switch (operation) {
      case "get-role":
        return {
          Role: { RoleName: name(), Arn: this.#find(kind, name()).arn },
        };
      case "get-user":
        return {
          User: { UserName: name(), Arn: this.#find(kind, name()).arn },
        };
      case "create-role": {
        const trust = JSON.parse(optionOf(call, "assume-role-policy-document"));
        return {
          Role: {
            RoleName: name(),
            Arn: this.#create(kind, name(), trust).arn,
          },
        };
      }
      case "create-user":
        return {
          User: { UserName: name(), Arn: this.#create(kind, name(), null).arn },
        };
      case `get-${kind}-policy`: {
        const { policies } = this.#find(kind, name());
        const policyName = optionOf(call, "policy-name");
        const policy = policies.get(policyName);
        if (policy === undefined) throw noSuchPolicy(kind, policyName);
        return { PolicyName: policyName, PolicyDocument: policy };
      }
      case `put-${kind}-policy`: {
        const { policies } = this.#find(kind, name());
        policies.set(
          optionOf(call, "policy-name"),
          JSON.parse(optionOf(call, "policy-document")),
        );
        return undefined;
      }
      case `delete-${kind}-policy`: {
        const policyName = optionOf(call, "policy-name");
        if (!this.#find(kind, name()).policies.delete(policyName)) {
          throw noSuchPolicy(kind, policyName);
        }
        return undefined;
      }
      case "list-access-keys": {
        const { accessKeys } = this.#find("user", name());
        return {
          AccessKeyMetadata: accessKeys.map((id) => ({ AccessKeyId: id })),
        };
      }
      case "create-access-key": {
        this.#find("user", name()).accessKeys.push("AKIAEXAMPLE");
        const secret = "secret-access-key/of+a-test";
        return {
          AccessKey: { AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: secret },
        };
      }
      case "list-service-specific-credentials": {
        const { apiKeys } = this.#find("user", name());
        return {
          ServiceSpecificCredentials: apiKeys.map((id) => ({
            ServiceUserName: id,
          })),
        };
      }
      case "create-service-specific-credential": {
        if (optionOf(call, "service-name") !== "bedrock.amazonaws.com") {
          throw new AwsError("NoSuchEntity", "No such service.");
        }
        this.#find("user", name()).apiKeys.push("a-key");
        return {
          ServiceSpecificCredential: {
            ServiceCredentialSecret: "ABSKsecret-of-a-test",
          },
        };
      }
      case "simulate-principal-policy":
        return this.#simulate(call);
      default:
        throw new Error(`The simulated IAM does not answer ${operation}.`);
    }
  }

  #find(kind: string, name: string): Principal {
    const principal = this.principals.get(`${kind}/${name}`);
    if (principal === undefined) {
      throw new AwsError(
        "NoSuchEntity",
        `The ${kind} with name ${name} cannot be found.`,
      );
    }
    return principal;
  }

  #create(
    kind: "role" | "user",
    name: string,
    trustPolicy: unknown,
  ): Principal {
    if (this.principals.has(`${kind}/${name}`)) {
      throw new AwsError(
        "EntityAlreadyExists",
        `${kind} with name ${name} already exists.`,
      );
    }
    return this.add(kind, name, trustPolicy);
  }

  #simulate(call: CliCall): unknown {
    const source = optionOf(call, "policy-source-arn");
    const principal = [...this.principals.values()].find(({ arn }) => arn === source);
    if (principal === undefined) {
      throw new AwsError("NoSuchEntity", `No entity ${source}.`);
    }
    const policies = this.staleSimulations > 0 ? [] : [...principal.policies.values()];
    this.staleSimulations = Math.max(0, this.staleSimulations - 1);
    const inferenceProfileArn = profileOf(call);
    const judge = (action: string, resource: string) => {
      if (this.deniedRegions.has(resource.split(":")[3] ?? "")) {
        return { decision: "explicitDeny", organization: false };
      }
      const allowed = policies.length > 0 &&
        isAllowed(policies, { action, resource, inferenceProfileArn });
      return {
        decision: allowed ? "allowed" : "implicitDeny",
        organization: true,
      };
    };
    const resources = call.options.get("resource-arns") ?? ["*"];
    const results = (call.options.get("action-names") ?? []).flatMap(
      (action) => {
        const verdicts = resources.map((resource) => ({
          resource,
          ...judge(action, resource),
        }));
        const results = verdicts.map((
          { resource, decision, organization },
        ) => ({
          EvalActionName: action,
          EvalResourceName: resource,
          EvalDecision: decision,
          MatchedStatements: [],
          MissingContextValues: [],
          OrganizationsDecisionDetail: { AllowedByOrganizations: organization },
        }));
        if (!this.nestsResources) return results;
        const overall = verdicts.find(({ decision }) => decision !== "allowed") ??
          verdicts[0]!;
        return [{
          ...results[0]!,
          EvalDecision: overall.decision,
          OrganizationsDecisionDetail: {
            AllowedByOrganizations: overall.organization,
          },
          ResourceSpecificResults: verdicts.map(({ resource, decision }) => ({
            EvalResourceName: resource,
            EvalResourceDecision: decision,
            MatchedStatements: [],
          })),
        }];
      },
    );
    return { EvaluationResults: results, IsTruncated: false };
  }
}

function noSuchPolicy(kind: string, name: string): AwsError {
  return new AwsError(
    "NoSuchEntity",
    `The ${kind} policy with name ${name} cannot be found.`,
  );
}

/** The profile of `--context-entries`, in the CLI's shorthand. */
function profileOf({ options }: CliCall): string | undefined {
  const [entry] = options.get("context-entries") ?? [];
  if (entry === undefined) return undefined;
  const fields = new Map(
    entry.split(",").map((field) => field.split(/=(.*)/) as [string, string]),
  );
  const isProfile = fields.get("ContextKeyName") === "bedrock:InferenceProfileArn" &&
    fields.get("ContextKeyType") === "string";
  if (!isProfile) {
    throw new AwsError("InvalidInput", `Invalid context entry: ${entry}`);
  }
  return fields.get("ContextKeyValues");
}
