import { useEffect, useRef } from "preact/hooks";
import { useServices } from "../services.ts";

/** Reads again, with each look at the alerts, what changes by itself and raises no version. */
export function useReloads(reload: () => void): void {
  const looks = useServices().operations.looks.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) reload();
    first.current = false;
  }, [looks]);
}
