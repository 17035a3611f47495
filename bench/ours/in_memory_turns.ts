import type { StoredAnswer } from "../../supabase/functions/_shared/conversations/stored_answer.ts";
import type {
  AnsweredTurn,
  BegunTurn,
  Question,
  TurnEnd,
  TurnStore,
} from "../../supabase/functions/_shared/conversations/turn_store.ts";
import type { Message } from "../../supabase/functions/_shared/core/content.ts";
import { storedFiguresOf } from "../../supabase/functions/_shared/runs/run_record.ts";
import type { Registry } from "../../supabase/functions/_shared/registry/registry.ts";
import { costOfRun } from "./cost_of_run.ts";

interface StoredTurn {
  readonly conversationId: string;
  readonly question: Question;
}

/** Most turns and conversations that are kept, so that a long run does not fill the memory. */
const mostKept = 10_000;

/** Does with maps what the functions in Postgres do for turns that go well. */
export class InMemoryTurns implements Pick<TurnStore, "begin" | "raise" | "complete"> {
  readonly #registry: Registry;
  readonly #turns = new Map<string, StoredTurn>();
  readonly #conversations = new Map<string, readonly Message[]>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  begin(question: Question): Promise<BegunTurn | AnsweredTurn> {
    const questionId = crypto.randomUUID();
    const conversationId = question.conversationId ?? crypto.randomUUID();
    const history = this.#conversations.get(conversationId) ?? [];
    keep(this.#turns, questionId, { conversationId, question });
    return Promise.resolve({
      kind: "begun",
      conversationId,
      questionId,
      attempt: 1,
      assistantType: "health",
      pinnedModelId: null,
      pinIsReverted: false,
      assigned: null,
      useCase: question.useCase,
      onDisconnect: "finish",
      history,
      answeredTurns: history.length / 2,
      registryVersion: this.#registry.version,
      registryHash: this.#registry.hash,
      budget: null,
    });
  }

  raise(): Promise<null> {
    return Promise.resolve(null);
  }

  complete(end: TurnEnd): Promise<StoredAnswer | null> {
    const { run } = end;
    const turn = this.#turns.get(end.question_id);
    const model = this.#registry.models.find(({ model_id }) => model_id === run.model_id);
    if (turn === undefined || model === undefined) {
      throw new Error("Only turns that go well can be kept in memory.");
    }
    const { conversationId, question } = turn;
    const disclosure = !this.#conversations.has(conversationId);
    keep(this.#conversations, conversationId, [
      ...this.#conversations.get(conversationId) ?? [],
      { role: "user", blocks: [{ type: "text", text: question.text }], modelId: null },
      {
        role: "assistant",
        blocks: [{ type: "text", text: end.content }],
        modelId: model.model_id,
      },
    ]);
    return Promise.resolve({
      ...storedFiguresOf(run),
      id: end.answer_id,
      content: end.content,
      blocks: null,
      model_used: model.model_id,
      disclosure,
      cost_usd: costOfRun(this.#registry, run),
      created_at: new Date().toISOString(),
    });
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostKept && oldest !== undefined) map.delete(oldest);
}
