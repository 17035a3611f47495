import type { z } from "zod";
import { invalid } from "../wire/aws_error.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The two ways in which InvokeModel says that a body does not fit, and Converse's own. The texts
 * for missing and extraneous keys are reported ones; the others follow the validators that those
 * come from (everit's JSON schema, pydantic, Smithy) and are not confirmed on Bedrock.
 */
export type IssueStyle = "schema" | "fields" | "converse";

/**
 * Parses `body`, or throws AWS's ValidationException.
 *
 * @param prefix What Converse puts before an error that the model itself reported.
 */
export function parseBody<T>(
  schema: z.ZodType<T>,
  body: unknown,
  style: IssueStyle,
  prefix = "",
): T {
  if (!isWellFormed(body)) {
    throw invalid(`${prefix}The request body is not valid JSON: no low surrogate in string`);
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const all = result.error.issues.flatMap((issue) => flatten(issue, []));
  // Rules across members say nothing new about a body whose members do not fit.
  const plain = all.filter((issue) => issue.code !== "custom");
  const issues = plain.length > 0 ? plain : all;
  switch (style) {
    case "schema": {
      const problems = issues.flatMap((issue) => schemaText(issue, body)).join(", ");
      throw invalid(
        `${prefix}Malformed input request: ${problems}, please reformat your input and try again.`,
      );
    }
    case "fields":
      throw invalid(prefix + issues.flatMap((issue) => fieldText(issue, body)).join(", "));
    case "converse": {
      const problems = issues.flatMap((issue) => constraintText(issue, body));
      const errors = problems.length === 1 ? "error" : "errors";
      throw invalid(
        `${problems.length} validation ${errors} detected: ${problems.join("; ")}`,
      );
    }
    default:
      throw new TypeError(`There is no issue style ${style satisfies never}.`);
  }
}

/** Whether no text has half a pair of surrogates, for which UTF-8 has no bytes. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

/** Replaces a failed union by the issues of the member that got furthest. */
function flatten(issue: Issue, base: Path): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ ...issue, path }];
  const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
  return deepest.flatMap((inner) => flatten(inner, path));
}

const depth = (issues: readonly Issue[]) =>
  Math.max(
    0,
    ...issues.map((issue) => issue.path.length + (issue.code === "invalid_type" ? 0 : 1)),
  );

/** `#/messages/0: required key [role] not found` */
function schemaText(issue: Issue, body: unknown): string[] {
  const pointer = ["#", ...issue.path.map(String)].join("/");
  const value = valueAt(body, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => `${pointer}: extraneous key [${key}] is not permitted`);
    case "invalid_type":
      if (value !== undefined) {
        return [`${pointer}: expected type: ${typeWord(issue.expected)}, found: ${typeOf(value)}`];
      }
      break;
    case "too_small":
      return [
        issue.origin === "array"
          ? `${pointer}: expected minimum item count: ${issue.minimum}, found: 0`
          : issue.origin === "string"
          ? `${pointer}: expected minLength: ${issue.minimum}, actual: 0`
          : `${pointer}: ${value} is not greater or equal to ${issue.minimum}`,
      ];
    case "too_big":
      return [`${pointer}: ${value} is not less or equal to ${issue.maximum}`];
  }
  if (value === undefined && issue.path.length > 0) {
    const parent = ["#", ...issue.path.slice(0, -1).map(String)].join("/");
    return [`${parent}: required key [${String(issue.path.at(-1))}] not found`];
  }
  return issue.code === "custom"
    ? [`${pointer}: ${issue.message}`]
    : [`${pointer}: ${shown(value)} is not a valid enum value`];
}

/** `messages.0.role: Field required` */
function fieldText(issue: Issue, body: unknown): string[] {
  const path = issue.path.map(String).join(".");
  const value = valueAt(body, issue.path);
  const at = (key: string) => path === "" ? key : `${path}.${key}`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at(key)}: Extra inputs are not permitted`);
  }
  if (value === undefined) return [`${path}: Field required`];
  switch (issue.code) {
    case "too_small":
      return [
        issue.origin === "number" || issue.origin === "int"
          ? `${path}: Input should be greater than or equal to ${issue.minimum}`
          : `${path}: ${issue.origin} should have at least ${issue.minimum} item`,
      ];
    case "too_big":
      return [`${path}: Input should be less than or equal to ${issue.maximum}`];
    case "invalid_type":
      return [`${path}: Input should be a valid ${typeWord(issue.expected).toLowerCase()}`];
    default:
      return [`${path}: ${issue.code === "custom" ? issue.message : "Input is not valid"}`];
  }
}

/** `Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: …` */
function constraintText(issue: Issue, body: unknown): string[] {
  // Smithy counts list members from 1 and calls each of them "member".
  const path = issue.path
    .map((part) => typeof part === "number" ? `${part + 1}.member` : String(part)).join(".");
  const value = valueAt(body, issue.path);
  const failed = (constraint: string) => [
    `Value ${
      value === undefined ? "null" : shown(value)
    } at '${path}' failed to satisfy constraint: ${constraint}`,
  ];
  if (value === undefined) return failed("Member must not be null");
  switch (issue.code) {
    case "too_small":
      return failed(
        issue.origin === "string" || issue.origin === "array"
          ? `Member must have length greater than or equal to ${issue.minimum}`
          : `Member must have value greater than or equal to ${issue.minimum}`,
      );
    case "too_big":
      return failed(
        issue.origin === "string" || issue.origin === "array"
          ? `Member must have length less than or equal to ${issue.maximum}`
          : `Member must have value less than or equal to ${issue.maximum}`,
      );
    case "invalid_value":
      return failed(`Member must satisfy enum value set: [${issue.values.map(String).join(", ")}]`);
    case "invalid_format":
      return failed("Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+");
    case "invalid_type":
      return failed(`Member must be of type ${typeWord(issue.expected)}`);
    default:
      return failed(issue.code === "custom" ? issue.message : "Member must be valid");
  }
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    body,
  );
}

function typeOf(value: unknown): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "JSONArray";
  if (typeof value === "object") return "JSONObject";
  return typeWord(typeof value);
}

function typeWord(name: string): string {
  const words = { array: "JSONArray", object: "JSONObject", record: "JSONObject", int: "Integer" };
  return words[name as keyof typeof words] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** A value in a message, short: AWS quotes it, and a prompt does not belong in an error. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "null";
  return `'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;
}
