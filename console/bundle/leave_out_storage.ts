/** Keeps the client of Storage out of the bundle, 28 kB that the console never calls. */
import type { Plugin } from "esbuild";

/** Every Supabase client makes one of Storage at its start, so the names must be there. */
const contents = `export class StorageClient {}
export class StorageApiError extends Error {}`;

/** An esbuild plugin, for before `resolvePackages`. */
export const leaveOutStorage: Plugin = {
  name: "leave-out-storage",
  setup(build) {
    const namespace = "left-out";
    build.onResolve({ filter: /^@supabase\/storage-js$/ }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents }));
  },
};
