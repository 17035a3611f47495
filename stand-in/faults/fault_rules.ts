import { idOf } from "../models/arn.ts";
import { isCatalogOperation, type Operation } from "../operations.ts";
import { appliesTo, CallFaults } from "./call_faults.ts";
import type { FaultRule } from "./fault_rule.ts";

/** A rule that applies to calls to come. */
export type ActiveFaultRule = FaultRule & { readonly id: number };

/** The active rules, oldest first. */
export class FaultRules {
  #rules: ActiveFaultRule[] = [];
  #nextId = 1;

  add(rule: FaultRule): ActiveFaultRule {
    const active = { ...rule, id: this.#nextId++ };
    this.#rules.push(active);
    return active;
  }

  list(): readonly ActiveFaultRule[] {
    return this.#rules;
  }

  /** @returns Whether there was a rule with this id. */
  remove(id: number): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  /** The faults of this call; counts down the rules that they come from. */
  take(called: string, operation: Operation): CallFaults {
    const faults = new CallFaults();
    for (const rule of [...this.#rules]) {
      if (!matches(rule, called, operation) || !faults.accept(rule.fault)) continue;
      if (rule.times === "until-removed") continue;
      if (rule.times === 1) this.remove(rule.id);
      else {
        const less = { ...rule, times: rule.times - 1 };
        this.#rules = this.#rules.map((each) => each.id === rule.id ? less : each);
      }
    }
    return faults;
  }
}

function matches(rule: FaultRule, called: string, operation: Operation): boolean {
  return (rule.model === "*" || idOf(rule.model) === idOf(called)) &&
    // Without operations a rule is for calls of models only.
    (rule.operations?.includes(operation) ?? !isCatalogOperation(operation)) &&
    appliesTo(rule.fault, operation);
}
