import { useSignal } from "@preact/signals";
import type { Geography } from "../../../supabase/functions/_shared/registry/geography.ts";
import type { Settings } from "../api/manage_actions.ts";
import { Choice } from "../components/choice.tsx";
import { Notice } from "../components/notice.tsx";
import { useServices } from "../services.ts";
import { ChangeDialog } from "./change_dialog.tsx";
import { undoUnlessChanged } from "./late_undo.ts";

/** Every geography, in the order of the functions' own list, whose values the page does not load. */
const geographies = Object.keys(
  {
    eu: true,
    uk: true,
    ch: true,
    us: true,
    "us-gov": true,
    ca: true,
    mx: true,
    br: true,
    apac: true,
    au: true,
    in: true,
    jp: true,
    me: true,
    il: true,
    za: true,
    cn: true,
    global: true,
  } satisfies Record<Geography, true>,
) as Geography[];

/** Changes what applies to every model and user. */
export function SettingsDialog({ settings, onClose }: { settings: Settings; onClose: () => void }) {
  const services = useServices();
  const { manage } = services;
  const before = useSignal(settings).value;
  const values = useSignal(before);
  const set = (changes: Partial<Settings>) => values.value = { ...values.value, ...changes };
  const now = values.value;
  const places = now.allowed_geographies;
  const hasPlace = places.length > 0 && now.function_geographies?.length !== 0;
  const { backup_days: days } = now;
  const hasDays = Number.isInteger(days) && days >= 0 && days <= 3650;
  const changed = changedSettings(before, now);
  const isMoved = changed.allowed_geographies !== undefined;
  return (
    <ChangeDialog
      title="Change the settings"
      label="Save"
      change={isMoved && places.length > 0
        ? { action: "update-settings", allowed_geographies: [...places] as Geography[] }
        : null}
      valid={Object.keys(changed).length > 0 && hasPlace && hasDays}
      dirty={Object.keys(changed).length > 0}
      perform={async (args) => {
        const { message, warnings, affected, registry_version: version } = await manage(
          "update-settings",
          { ...changed, ...args },
        );
        return {
          message,
          warnings,
          ...isMoved && { affected },
          // A rollback leaves the settings as they are, and this page has no second factor.
          undo: changed.require_mfa === true ? null : undoUnlessChanged(
            services,
            { action: "update-settings", version },
            () => manage("update-settings", changedSettings(now, before)),
          ),
        };
      }}
      onClose={onClose}
    >
      <fieldset class="fields">
        <legend>Calls may be processed in</legend>
        <Places chosen={places} onChoose={(chosen) => set({ allowed_geographies: chosen })} />
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          checked={now.function_geographies !== null}
          onChange={(event) =>
            set({ function_geographies: event.currentTarget.checked ? places : null })}
        />
        Functions outside of named places refuse what users write
      </label>
      {now.function_geographies !== null && (
        <fieldset class="fields">
          <legend>Functions may run in</legend>
          <Places
            chosen={now.function_geographies}
            onChoose={(chosen) => set({ function_geographies: chosen })}
          />
        </fieldset>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={now.require_mfa}
          onChange={(event) => set({ require_mfa: event.currentTarget.checked })}
        />
        Platform admins need a second factor for changes
      </label>
      {now.require_mfa && !before.require_mfa && (
        <Notice tone="warn" title="This page cannot ask for a second factor.">
          <p>After that, changes are made by the operator's command or by SQL, not here.</p>
        </Notice>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={now.require_person}
          onChange={(event) => set({ require_person: event.currentTarget.checked })}
        />
        Changes need a person: a secret key alone makes none
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={now.allow_anonymous_users}
          onChange={(event) => set({ allow_anonymous_users: event.currentTarget.checked })}
        />
        Users of anonymous sign-ins may chat
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={now.allow_provider_retention}
          onChange={(event) => set({ allow_provider_retention: event.currentTarget.checked })}
        />
        Models whose provider keeps traffic may answer calls without an assistant
      </label>
      <Choice
        label="After a change of role, conversations"
        value={now.on_role_change}
        options={{ refuse: "take no more turns", move: "move to the new assistant" }}
        onChoose={(on_role_change) => set({ on_role_change })}
      />
      <label class="field">
        Days for which backups are kept
        <input
          type="number"
          min="0"
          max="3650"
          value={Number.isNaN(days) ? "" : days}
          onInput={(event) => set({ backup_days: event.currentTarget.valueAsNumber })}
        />
      </label>
      {!hasDays && <p role="alert">Days are a whole number, 3650 at most.</p>}
    </ChangeDialog>
  );
}

function Places(
  { chosen, onChoose }: {
    chosen: readonly string[];
    onChoose: (chosen: Geography[]) => void;
  },
) {
  return (
    <>
      <div class="checks">
        {geographies.map((place) => (
          <label class="check" key={place}>
            <input
              type="checkbox"
              checked={chosen.includes(place)}
              onChange={() =>
                onChoose(
                  geographies.filter((each) => chosen.includes(each) !== (each === place)),
                )}
            />
            {place}
          </label>
        ))}
      </div>
      {chosen.length === 0 && <p role="alert">At least one place must be allowed.</p>}
    </>
  );
}

/** The settings that differ, as they are sent. */
function changedSettings(before: Settings, now: Settings) {
  const isSame = (name: keyof Settings) =>
    JSON.stringify(before[name]) === JSON.stringify(now[name]);
  return {
    ...(isSame("allowed_geographies")
      ? {}
      : { allowed_geographies: [...now.allowed_geographies] as Geography[] }),
    ...(isSame("function_geographies") ? {} : {
      function_geographies: now.function_geographies &&
        [...now.function_geographies] as Geography[],
    }),
    ...(isSame("require_mfa") ? {} : { require_mfa: now.require_mfa }),
    ...(isSame("require_person") ? {} : { require_person: now.require_person }),
    ...(isSame("allow_anonymous_users")
      ? {}
      : { allow_anonymous_users: now.allow_anonymous_users }),
    ...(isSame("allow_provider_retention")
      ? {}
      : { allow_provider_retention: now.allow_provider_retention }),
    ...(isSame("on_role_change") ? {} : { on_role_change: now.on_role_change }),
    ...(isSame("backup_days") ? {} : { backup_days: now.backup_days }),
  };
}
