/** A second person over the API and from the shell: proposed, approved by another, and signed. */
import { expect } from "@std/expect";
import { join } from "node:path";
import { projectRoot } from "../../local/config.ts";
import { type FreshProject, withFreshProject } from "../support/fresh_project.ts";
import { runCommand } from "../support/run_command.ts";
import { manage } from "../support/project_client.ts";
import { testStack } from "../support/test_stack.ts";

const stack = testStack();
const script = join(projectRoot, "scripts", "switch-bedrock-model.sh");

const novaLite = "eu.amazon.nova-lite-v1:0";
const novaMicro = "eu.amazon.nova-micro-v1:0";
const nova2Lite = "eu.amazon.nova-2-lite-v1:0";
const novaPro = "eu.amazon.nova-pro-v1:0";
const toPro = { action: "set-assistant-model", assistant_type: "health", model_id: novaPro };

/** The tokens of two platform admins, and a protected assistant. */
async function prepare(project: FreshProject) {
  const admin = await project.token("admin");
  await manage(project, {
    action: "set-role",
    email: "clinician@example.com",
    assistant_type: "platform",
  });
  await manage(project, { action: "set-assistant", assistant_type: "health", is_protected: true });
  return { admin, other: await project.token("clinician") };
}

async function answering(project: FreshProject): Promise<string> {
  const { body } = await project.ask("patient", "Who are you?");
  return body.model.model_id;
}

Deno.test("a protected assistant's model changes only when another admin approves it", () =>
  withFreshProject(stack, async (project) => {
    const { admin, other } = await prepare(project);
    for (const token of [admin, undefined]) {
      const refused = await manage(project, toPro, token);
      expect([refused.status, refused.body.error.code]).toEqual([409, "approval_required"]);
      expect(refused.body.error.hint).toContain(`${novaPro} assign health --propose`);
    }
    const { status, body } = await manage(project, {
      action: "propose",
      change: toPro,
      reason: "Longer answers.",
    }, admin);
    expect([status, body]).toMatchObject([200, {
      proposal: { status: "open", change: toPro, proposed_by_email: "admin@example.com" },
    }]);
    const { id, probe_id } = body.proposal;
    expect(probe_id).toEqual(expect.any(Number));
    expect(await answering(project)).toBe(novaLite);

    const own = await manage(project, { action: "approve", id }, admin);
    expect([own.status, own.body.error.code]).toEqual([403, "second_person_required"]);
    const key = await manage(project, { action: "approve", id });
    expect([key.status, key.body.error.code]).toEqual([403, "second_person_required"]);
    const patient = await manage(
      project,
      { action: "approve", id },
      await project.token("patient"),
    );
    expect([patient.status, patient.body.error.code]).toEqual([403, "forbidden"]);

    const approved = await manage(project, { action: "approve", id }, other);
    expect([approved.status, approved.body]).toMatchObject([200, {
      message: `Proposal ${id} is approved and applied.`,
      proposal: { status: "applied", decided_by_email: "clinician@example.com" },
    }]);
    expect(await answering(project)).toBe(novaPro);
    const again = await manage(project, { action: "approve", id }, other);
    expect(again.body).toEqual(approved.body);

    const { body: history } = await manage(project, { action: "history", limit: 1 });
    expect(history.switches).toMatchObject([{
      action: "assign",
      approval: "approved",
      proposal_id: id,
      probe: "passed",
      actor_email: "clinician@example.com",
      actor_proven: true,
      reason: "Longer answers.",
    }]);
    // The way back is free, and waits for a signature.
    await manage(project, { action: "rollback" }, admin);
    expect(await answering(project)).toBe(novaLite);
    const { body: listed } = await manage(project, { action: "list-proposals" }, admin);
    expect(listed.unsigned).toMatchObject([{ action: "assign", approval: "going-back" }]);
    const sign = { action: "sign", id: listed.unsigned[0].id };
    const ownSignature = await manage(project, sign, admin);
    expect(ownSignature.body.error.code).toBe("second_person_required");
    expect((await manage(project, sign)).body.error.code).toBe("second_person_required");
    const signed = await manage(project, { ...sign, reason: "Seen." }, other);
    expect(signed.body.switch.signature).toMatchObject({
      email: "clinician@example.com",
      reason: "Seen.",
    });
    const { body: after } = await manage(project, { action: "list-proposals" }, admin);
    expect(after.unsigned).toEqual([]);
  }));

Deno.test("no REST way round: the Data API with a secret key, and an approver who has signed out", () =>
  withFreshProject(stack, async (project) => {
    const { admin, other } = await prepare(project);
    const rest = async (path: string, method: string, body: unknown, token?: string) => {
      const response = await fetch(`${project.apiUrl}/rest/v1/${path}`, {
        method,
        headers: {
          apikey: project.keys.secret,
          authorization: `Bearer ${token ?? project.keys.secret}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
      });
      return [response.status, await response.text()] as const;
    };
    const [status, text] = await rest("ai_assistants?assistant_type=eq.health", "PATCH", {
      model_version: novaPro,
    });
    expect([status, text]).toEqual([409, expect.stringContaining("approval_required")]);
    expect((await rest("ai_change_proposals", "POST", { is_applying: true }))[0])
      .toBeGreaterThanOrEqual(400);

    const { body } = await manage(project, { action: "propose", change: toPro }, admin);
    const { id } = body.proposal;
    expect((await rest("rpc/approve_change", "POST", { p_id: id }))[0]).toBeGreaterThanOrEqual(400);
    expect((await rest("rpc/approve_change", "POST", { p_id: id }, admin))[1])
      .toContain("second_person_required");
    // The token lives on, and the session has ended.
    await project.sql`
      delete from auth.sessions as s using auth.users as u
      where u.id = s.user_id and u.email = 'clinician@example.com'`;
    const gone = await manage(project, { action: "approve", id }, other);
    expect([gone.status, gone.body.error.code]).toEqual([401, "invalid_credentials"]);
    expect((await rest("rpc/approve_change", "POST", { p_id: id }, other))[1])
      .toContain("invalid_credentials");
    expect(await answering(project)).toBe(novaLite);
  }));

Deno.test("a proposal is checked when it is made: the model answers, the fields are the action's", () =>
  withFreshProject(stack, async (project) => {
    await prepare(project);
    const change = { ...toPro, model_id: novaMicro };
    await project.bedrock.addFaultRule(
      { kind: "error", exception: "AccessDeniedException" },
      { model: novaMicro, times: 10 },
    );
    const failed = await manage(project, { action: "propose", change });
    expect(failed.body.error.code).toBe("probe_failed");
    const unprobed = await manage(project, {
      action: "propose",
      change: { ...change, probe: false },
      effective_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(unprobed.body.proposal).toMatchObject({ probe_id: null, change });
    for (
      const wrong of [
        { action: "set-role", email: "a@example.com", assistant_type: "platform" },
        { ...toPro, expected_version: 1 },
        { action: "propose", change },
      ]
    ) {
      const refused = await manage(project, { action: "propose", change: wrong });
      expect([refused.status, refused.body.error.code]).toEqual([400, "invalid_request"]);
    }
    const rejected = await manage(project, {
      action: "reject",
      id: unprobed.body.proposal.id,
      reason: "Not now.",
    });
    expect(rejected.body.proposal).toMatchObject({
      status: "rejected",
      decision_reason: "Not now.",
    });
  }));

Deno.test("the command proposes with a key, and approves and signs with a user's token", () =>
  withFreshProject(stack, async (project) => {
    const { other } = await prepare(project);
    const run = (words: string[], env: Record<string, string> = {}) =>
      runCommand(script, words, {
        SUPABASE_URL: project.apiUrl,
        SUPABASE_SERVICE_KEY: project.keys.secret,
        ...env,
      });
    const refused = await run([novaPro, "assign", "health"]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`Propose it: ${novaPro} assign health --propose`),
    ]);
    const proposed = await run([novaPro, "assign", "health", "--propose", "--reason", "Longer."]);
    expect([proposed.code, proposed.stdout]).toEqual([
      0,
      expect.stringContaining(
        "set-assistant-model: model id eu.amazon.nova-pro-v1:0, assistant type health",
      ),
    ]);
    const [id = ""] = /Proposal (\d+)/.exec(proposed.stdout)?.slice(1) ?? [];
    const key = await run(["approve", id]);
    expect([key.code, key.stderr]).toEqual([
      2,
      expect.stringContaining("SWITCHBOARD_ACCESS_TOKEN is not set"),
    ]);
    const approved = await run(["approve", id], {
      SUPABASE_SERVICE_KEY: "",
      SWITCHBOARD_ACCESS_TOKEN: other,
    });
    expect([approved.code, approved.stdout]).toEqual([
      0,
      expect.stringContaining(`Proposal ${id} is approved and applied.`),
    ]);
    expect(await answering(project)).toBe(novaPro);
    await run(["rollback"]);
    const proposals = await run(["proposals"]);
    expect(proposals.stdout).toContain("To be signed by another platform admin");
    const history = await run(["history", "--limit", "1", "--json"]);
    const entry = String(JSON.parse(history.stdout).switches[0].id);
    const signed = await run(["sign", entry], { SWITCHBOARD_ACCESS_TOKEN: other });
    expect(signed.stdout).toContain(`Entry ${entry} of the history is signed.`);
    const shown = await run(["history", "--limit", "1"]);
    expect(shown.stdout).toContain("(signed by clinician@example.com)");

    const effort = await run([
      "assistant",
      "set",
      "health",
      "--effort",
      "low",
      "--propose",
      "--effective-at",
      "2099-01-01",
    ]);
    expect(effort.stdout).toContain("Effective from 2099-01-01");
    const rejected = await run(["reject", /Proposal (\d+)/.exec(effort.stdout)?.[1] ?? ""]);
    expect(rejected.stdout).toContain("is rejected");
    const assistants = await run(["assistants"]);
    expect(assistants.stdout).toContain("health: protected");

    // What a rollout's actions and a retirement are refused with is what proposes them.
    const proposeInstead = async (words: string[]) => {
      const { stderr } = await run(words);
      expect(stderr).toContain("Propose it: ");
      const [, command = ""] = /Propose it: (.*?), or over REST/.exec(stderr) ?? [];
      const { stdout } = await run(command.split(" "));
      const [, number = ""] = /Proposal (\d+)/.exec(stdout) ?? [];
      const { stdout: answer } = await run(["approve", number], {
        SWITCHBOARD_ACCESS_TOKEN: other,
      });
      expect(answer).toContain(`Proposal ${number} is approved and applied.`);
      return command;
    };
    // Neither model was in force before, so that nothing goes back.
    const rollout = [novaMicro, "rollout", "--share", "10", "--assistant", "health"];
    expect(await proposeInstead(rollout)).toBe(`${rollout.join(" ")} --propose`);
    const listed = await run(["rollouts", "--json"]);
    const number = String(JSON.parse(listed.stdout).rollouts[0].id);
    await proposeInstead(["rollout", "share", number, "50"]);
    await proposeInstead(["rollout", "end", number, "promote"]);
    expect(await answering(project)).toBe(novaMicro);
    await proposeInstead([novaMicro, "retire", "--successor", nova2Lite]);
    expect(await answering(project)).toBe(nova2Lite);
  }));
