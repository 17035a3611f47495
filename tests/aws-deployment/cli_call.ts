/** One run of the AWS CLI. */
export interface CliCall {
  /** Service and operation, such as `iam get-role`. */
  readonly command: string;
  /** Values by option, without its dashes. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** How the CLI ended, and what it printed: on stdout if the code is 0, otherwise on stderr. */
export interface CliResult {
  readonly code: number;
  readonly text: string;
}

/** An error that AWS answers: exit status 254. */
export class AwsError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/**
 * An error of the CLI itself: exit status 252 for its usage, 253 for its credentials, 255 for the
 * rest.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
 */
export class CliError extends Error {
  constructor(readonly exitStatus: 252 | 253 | 255, message: string) {
    super(message);
  }
}

/** The operation's options, and whether each has to be there; and what every operation takes. */
const optionsOf: Readonly<
  Record<string, Readonly<Record<string, "required" | "optional">>>
> = {
  "sts get-caller-identity": {},
  "iam get-role": { "role-name": "required" },
  "iam get-user": { "user-name": "optional" },
  "iam create-role": {
    "role-name": "required",
    "assume-role-policy-document": "required",
    "description": "optional",
  },
  "iam create-user": { "user-name": "required" },
  "iam get-role-policy": { "role-name": "required", "policy-name": "required" },
  "iam get-user-policy": { "user-name": "required", "policy-name": "required" },
  "iam put-role-policy": {
    "role-name": "required",
    "policy-name": "required",
    "policy-document": "required",
  },
  "iam put-user-policy": {
    "user-name": "required",
    "policy-name": "required",
    "policy-document": "required",
  },
  "iam delete-role-policy": {
    "role-name": "required",
    "policy-name": "required",
  },
  "iam delete-user-policy": {
    "user-name": "required",
    "policy-name": "required",
  },
  "iam list-access-keys": { "user-name": "optional" },
  "iam create-access-key": { "user-name": "optional" },
  "iam list-service-specific-credentials": {
    "user-name": "optional",
    "service-name": "optional",
  },
  "iam create-service-specific-credential": {
    "user-name": "required",
    "service-name": "required",
  },
  "iam simulate-principal-policy": {
    "policy-source-arn": "required",
    "action-names": "required",
    "resource-arns": "optional",
    "context-entries": "optional",
  },
  "bedrock list-inference-profiles": { "type-equals": "optional" },
  "bedrock list-foundation-models": { "by-output-modality": "optional" },
  "bedrock-runtime converse": {
    "model-id": "required",
    "messages": "optional",
    "inference-config": "optional",
  },
};
const globalOptions = [
  "output",
  "region",
  "profile",
  "cli-connect-timeout",
  "cli-read-timeout",
];

/**
 * Reads a command line as the CLI does.
 *
 * @throws {CliError} on what the CLI does not know.
 */
export function parseCliCall(args: readonly string[]): CliCall {
  const command = args.slice(0, 2).join(" ");
  const known = optionsOf[command];
  if (known === undefined) {
    throw new CliError(
      252,
      `aws: error: argument operation: Invalid choice, valid choices are:`,
    );
  }
  const options = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const arg of args.slice(2)) {
    if (arg.startsWith("--")) {
      const name = arg.slice(2);
      if (!(name in known) && !globalOptions.includes(name)) {
        throw new CliError(252, `aws: error: Unknown options: ${arg}`);
      }
      // The environment's region comes last and gives way to one that was named.
      values = [];
      if (!options.has(name)) options.set(name, values);
    } else if (values === undefined) {
      throw new CliError(252, `aws: error: Unknown options: ${arg}`);
    } else {
      values.push(arg);
    }
  }
  if (!options.has("region")) {
    throw new CliError(253, "You must specify a region.");
  }
  const missing = Object.keys(known).filter((name) =>
    known[name] === "required" && !options.has(name)
  );
  if (missing.length > 0) {
    throw new CliError(
      252,
      `aws: error: the following arguments are required: --${missing.join(", --")}`,
    );
  }
  return { command, options };
}

/** The value of an option that takes one. */
export function optionOf({ options }: CliCall, name: string): string {
  const [value, ...more] = options.get(name) ?? [];
  if (value === undefined || more.length > 0) {
    throw new CliError(
      252,
      `aws: error: argument --${name}: expected one argument`,
    );
  }
  return value;
}
