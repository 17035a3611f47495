import { useSignal } from "@preact/signals";
import { Facts } from "../components/facts.tsx";
import { RemoteContent } from "../components/remote_content.tsx";
import { ViewHeading } from "../components/view_heading.tsx";
import { describeSettings } from "../format/describe_settings.ts";
import { useServices } from "../services.ts";
import { addressOf } from "../state/route.ts";
import { SettingsDialog } from "../switching/settings_dialog.tsx";

/** What applies to every model and user, and changing it. */
export function SettingsView() {
  const { registry } = useServices();
  const isOpen = useSignal(false);
  return (
    <>
      <ViewHeading
        title="Settings"
        tools={
          <>
            <button type="button" class="button" onClick={() => isOpen.value = true}>
              Change the settings
            </button>
            <a class="button" href={addressOf("audit", { of_action: "update-settings" })}>
              History
            </a>
          </>
        }
      >
        They apply to every model and user. A model whose calls may leave the allowed geographies is
        never selected.
      </ViewHeading>
      <RemoteContent
        remote={registry.remote.value}
        what="the settings"
        onRetry={() => registry.load()}
      >
        {({ settings }) => (
          <>
            <section class="panel" aria-label="Settings">
              <Facts facts={describeSettings(settings)} />
            </section>
            {isOpen.value && (
              <SettingsDialog
                settings={settings}
                onClose={() => isOpen.value = false}
              />
            )}
          </>
        )}
      </RemoteContent>
    </>
  );
}
