import { expect } from "@std/expect";
import type { ModelProbe, ProbeCheck } from "../../../console/src/api/manage_actions.ts";
import {
  describeProbe,
  heldBackMs,
  isBusy,
  nameOfStep,
  type Proof,
  reasonsAgainst,
  stepAfterConfirmation,
  stepAfterProof,
} from "../../../console/src/switching/switch_flow.ts";
import { registryView } from "../registry_views.ts";

const passed: ProbeCheck = {
  name: "invoke",
  ok: true,
  message: "It answered.",
  hint: null,
  error_code: null,
  retryable: false,
  latency_ms: 246,
  time_to_first_token_ms: null,
  input_tokens: 22,
  output_tokens: 16,
};
const failed: ProbeCheck = {
  ...passed,
  name: "stream",
  ok: false,
  message: "AWS denied access.",
  hint: "Allow it.",
  error_code: "bedrock_access_denied",
};
const untried: ProbeCheck = {
  ...passed,
  name: "image",
  ok: null,
  message: "Not tried: the probe has no image of image/gif.",
};
const probe: ModelProbe = {
  passed: true,
  error_code: null,
  latency_ms: 246,
  input_tokens: 44,
  output_tokens: 32,
  checks: [passed, { ...passed, name: "stream", time_to_first_token_ms: 98 }],
};
const proof: Proof = { valid: true, checks: [], probe };

Deno.test("a proof leads to a confirmation only if it is good", () => {
  expect(stepAfterProof(proof, registryView))
    .toEqual({ kind: "confirm", basis: { proof, view: registryView, again: false } });
  expect(stepAfterProof({ ...proof, valid: false }, registryView).kind).toBe("unfit");
});

Deno.test("a confirmation of what has changed since leads to another one", () => {
  const basis = { proof, view: registryView, again: false };
  expect(stepAfterConfirmation(basis, registryView)).toEqual({ kind: "switching" });
  const present = { ...registryView, version: registryView.version + 1 };
  expect(stepAfterConfirmation(basis, present))
    .toEqual({ kind: "confirm", basis: { proof, view: present, again: true } });
});

Deno.test("a confirmation is held back only where it takes the place of one that is out of date", () => {
  const basis = { proof, view: registryView, again: false };
  expect(heldBackMs(basis)).toBe(0);
  expect(heldBackMs({ ...basis, again: true })).toBe(1_000);
});

Deno.test("nameOfStep() tells one confirmation from the next, so that focus leaves the button", () => {
  const confirmation = (version: number) =>
    nameOfStep({
      kind: "confirm",
      basis: { proof, view: { ...registryView, version }, again: version > 3 },
    });
  expect(new Set([3, 4, 5].map(confirmation)).size).toBe(3);
  expect(nameOfStep({ kind: "switching" })).toBe("switching");
});

Deno.test("reasonsAgainst() names each reason once, with what to do", () => {
  const both = {
    ...probe,
    passed: false,
    checks: [{ ...failed, name: "invoke" as const }, failed],
  };
  expect(reasonsAgainst({ ...proof, valid: false, probe: both })).toEqual([
    { text: "AWS denied access. (bedrock_access_denied)", hint: "Allow it." },
  ]);
  const one = { ...probe, passed: false, checks: [passed, failed] };
  const checks = [
    { name: "prices", ok: false, message: "The price is not known." },
    { name: "lifecycle", ok: true, message: "It goes on." },
  ];
  expect(reasonsAgainst({ ...proof, valid: false, checks, probe: one })).toEqual([
    { text: "The price is not known.", hint: null },
    { text: "Streaming: AWS denied access. (bedrock_access_denied)", hint: "Allow it." },
  ]);
});

Deno.test("reasonsAgainst() names the capability that a model lacks, and no check that was not tried", () => {
  const lacking = { ...failed, name: "schema" as const, message: "It takes no schema." };
  const reasons = (...checks: ProbeCheck[]) =>
    reasonsAgainst({ ...proof, probe: { ...probe, passed: false, checks } })
      .map(({ text }) => text);
  expect(reasons(passed, lacking, untried))
    .toEqual(["JSON schemas: It takes no schema. (bedrock_access_denied)"]);
  expect(reasons(failed, untried)).toEqual(["AWS denied access. (bedrock_access_denied)"]);
});

Deno.test("describeProbe() says what was measured, as far as AWS told", () => {
  expect(describeProbe(probe)).toBe(
    "Answered in 246 ms, first text after 98 ms; 44 tokens in and 32 out.",
  );
  const untold = { ...probe, input_tokens: null, output_tokens: null, checks: [passed] };
  expect(describeProbe(untold)).toBe("Answered in 246 ms.");
  expect(describeProbe({ ...untold, checks: [passed, untried] })).toBe(
    "Answered in 246 ms. Images: Not tried: the probe has no image of image/gif.",
  );
  expect(describeProbe(null)).toBe("The model was not called.");
});

Deno.test("a dialog stays while something is changed, and only then", () => {
  expect(isBusy({ kind: "switching" })).toBe(true);
  expect(isBusy({ kind: "probing" })).toBe(false);
  expect(isBusy({ kind: "confirm", basis: { proof, view: registryView, again: false } })).toBe(
    false,
  );
});
