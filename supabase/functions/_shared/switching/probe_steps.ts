import { contentChecks } from "./content_checks.ts";
import { fewTokens, probeRequest, type ProbeSubject } from "./probe_request.ts";
import type { ProbeStep } from "./probe_step.ts";

/** The steps of a probe: two calls in words, and a check of each capability if it is thorough. */
export function probeSteps(subject: ProbeSubject): readonly ProbeStep[] {
  const { thorough = false, config } = subject;
  const request = probeRequest(subject, [{ type: "text", text: "Say OK." }], fewTokens, {
    effort: config.effort ?? null,
  });
  const judge = () => ({ ok: true, text: "" });
  return [
    { name: "invoke", request, judge },
    { name: "stream", request, judge },
    ...thorough ? contentChecks(subject) : [],
  ];
}
