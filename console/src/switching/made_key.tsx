import type { AnswerOf } from "../../../supabase/functions/_shared/contract/manage.ts";
import { CopyField } from "../components/copy_field.tsx";
import { Facts } from "../components/facts.tsx";
import { Notice } from "../components/notice.tsx";
import { baseUrls } from "../format/describe_key.ts";
import { useServices } from "../services.ts";

export type Made = Pick<AnswerOf<"create-api-key">, "key" | "api_key">;

/** A key that was just created, the one time that it can be seen, and where it is used. */
export function MadeKey({ made: { key, api_key } }: { made: Made }) {
  const { config } = useServices();
  return (
    <>
      <Notice tone="warn" title="Copy the key now. It cannot be shown again." />
      <CopyField label="API key" value={key} />
      <Facts facts={baseUrls(config.supabaseUrl, api_key.dialects)} />
    </>
  );
}
