import { useMemo } from "preact/hooks";
import { useServices } from "../services.ts";
import { useRemote } from "../state/remote.ts";

const noAddresses: ReadonlyMap<string, string> = new Map();

/** The addresses of the platform admins, by their ids: the log has the ids alone. */
export function usePeople(): ReadonlyMap<string, string> {
  const { manage, registry } = useServices();
  const { remote } = useRemote(
    String(registry.view?.version ?? 0),
    (signal) => manage("list-roles", { assistant_type: "platform", limit: 200 }, signal),
  );
  const roles = remote.state === "ready" ? remote.data.roles : null;
  return useMemo(() => {
    if (roles === null) return noAddresses;
    return new Map(roles.flatMap(({ user_id, email }) => email === null ? [] : [[user_id, email]]));
  }, [roles]);
}
