import { type Signal, useSignal } from "@preact/signals";
import { type AskSettings, plainSettings, type Question } from "./question.ts";
import { type Attachments, useAttachments } from "./use_attachments.ts";

/** The question that is being written. */
export interface WrittenQuestion {
  readonly text: Signal<string>;
  readonly modelId: Signal<string | null>;
  readonly settings: Signal<AskSettings>;
  readonly attachments: Attachments;
  readonly isEmpty: boolean;
  /** Hands it out, and begins the next one with the same model and settings. */
  readonly take: () => Question;
}

export function useQuestion(): WrittenQuestion {
  const text = useSignal("");
  const modelId = useSignal<string | null>(null);
  const settings = useSignal(plainSettings);
  const attachments = useAttachments();
  return {
    text,
    modelId,
    settings,
    attachments,
    isEmpty: text.value.trim() === "" && attachments.files.value.length === 0,
    take: () => {
      const question = {
        text: text.value,
        attachments: attachments.files.value,
        results: [],
        modelId: modelId.value,
        settings: settings.value,
      };
      text.value = "";
      attachments.clear();
      return question;
    },
  };
}
