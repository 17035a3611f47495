import type { ContentBlock, Message } from "../core/content.ts";
import type { Capabilities } from "../registry/capabilities.ts";
import { hashText } from "./hash_text.ts";

/** Ids of tool calls that a model accepts, see `capabilities.tools.ids`. */
export type IdRule = NonNullable<Capabilities["tools"]>["ids"];

const patterns: Readonly<Record<IdRule, RegExp>> = {
  any: /^[a-zA-Z0-9_-]{1,64}$/,
  nine: /^[a-zA-Z0-9]{9}$/,
};

/**
 * Rewrites the ids of tool calls that the model does not accept or that occur more than once, in
 * the calls and in their results alike. Ids that fit stay as they are, and no two calls have the
 * same one. A result belongs to the newest message that has a call of its id.
 */
export function fitToolIds(messages: readonly Message[], rule: IdRule): readonly Message[] {
  const idFor = idGiver(messages, rule);
  const open = new Map<string, { readonly message: Message; readonly ids: string[] }>();

  function fitBlock(block: ContentBlock, message: Message): ContentBlock {
    if (block.type === "tool-use") {
      const id = idFor(block.id);
      const calls = open.get(block.id);
      if (calls?.message === message) calls.ids.push(id);
      else open.set(block.id, { message, ids: [id] });
      return id === block.id ? block : { ...block, id };
    }
    if (block.type === "tool-result") {
      const id = open.get(block.toolUseId)?.ids.shift() ?? block.toolUseId;
      return id === block.toolUseId ? block : { ...block, toolUseId: id };
    }
    return block;
  }

  return messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) => fitBlock(block, message)),
  }));
}

/** Gives each call an id of its own: its own id where that fits and is free, else a hash of it. */
function idGiver(messages: readonly Message[], rule: IdRule): (id: string) => string {
  const fits = (id: string) => patterns[rule].test(id);
  const kept = new Set(
    messages.flatMap(({ blocks }) =>
      blocks.flatMap((block) => block.type === "tool-use" && fits(block.id) ? [block.id] : [])
    ),
  );
  const given = new Set<string>();
  return (id) => {
    let fitted = id;
    for (
      let nth = 0;
      given.has(fitted) || !fits(fitted) || (nth > 0 && kept.has(fitted));
      nth += 1
    ) {
      fitted = hashedId(`${nth} ${id}`, rule);
    }
    given.add(fitted);
    return fitted;
  };
}

function hashedId(text: string, rule: IdRule): string {
  const hash = hashText(text);
  switch (rule) {
    case "any":
      return `call_${hash.toString(36)}`;
    case "nine":
      return (hash % 36n ** 9n).toString(36).padStart(9, "0");
    default:
      return rule satisfies never;
  }
}
