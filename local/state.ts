import { join } from "node:path";
import { describeError } from "./describe_error.ts";
import { type PostgresHome, postgresHome } from "./postgres/home.ts";
import { ProcessRecord } from "./processes.ts";
import { StackError } from "./stack_error.ts";

/** A state folder that this process holds: no other stack uses it meanwhile. */
export interface State {
  readonly dir: string;
  readonly postgres: PostgresHome;
  readonly processes: ProcessRecord;
  /** Where the files of Storage are. */
  readonly filesDir: string;
  deleteFiles(): void;
  /** Lets another stack have the folder. */
  release(): void;
}

/** Present in every state folder, so that a folder of someone else's is never taken for one. */
const markFile = "bedrock-switchboard-state";

/**
 * Makes the folder if need be and takes it.
 *
 * @throws {StackError} if another stack runs on it, it holds other things, or it cannot be made.
 */
export function openState(dir: string): State {
  const { path, lock } = openFolder(dir);
  if (!lock.tryLockSync(true)) {
    lock.close();
    throw new StackError(
      `Another stack is running on ${path}: stop it, or set SWITCHBOARD_STATE_DIR to another folder.`,
    );
  }
  return {
    dir: path,
    postgres: postgresHome(path),
    processes: new ProcessRecord(path),
    filesDir: join(path, "files"),
    deleteFiles: () => remove(join(path, "files")),
    release: () => lock.close(),
  };
}

function openFolder(dir: string): { path: string; lock: Deno.FsFile } {
  try {
    Deno.mkdirSync(dir, { recursive: true });
    const path = Deno.realPathSync(dir);
    claim(path);
    // The lock goes with the process that holds it, however it ends, so it is never stale.
    return { path, lock: Deno.openSync(join(path, "lock"), { create: true, write: true }) };
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw new StackError(
      `The data cannot be kept in ${dir}: ${
        describeError(error)
      }. Set SWITCHBOARD_STATE_DIR to another folder.`,
      { cause: error },
    );
  }
}

/** Deletes everything that a stack kept: database, files, logs, records. Nothing of it may be running. */
export async function deleteState(dir: string): Promise<void> {
  const state = openState(dir);
  try {
    await state.processes.endLeftovers();
    remove(state.postgres.dir);
    state.deleteFiles();
    for (const name of ["processes.json", markFile, "lock"]) remove(join(state.dir, name));
  } finally {
    state.release();
  }
  try {
    Deno.removeSync(state.dir);
  } catch {
    // It holds something that is not ours; that stays.
  }
}

function claim(dir: string): void {
  const names = [...Deno.readDirSync(dir)].map((entry) => entry.name);
  if (names.includes(markFile)) return;
  if (names.length > 0) {
    throw new StackError(
      `${dir} holds other things: set SWITCHBOARD_STATE_DIR to an empty folder, or one that does not exist.`,
    );
  }
  Deno.writeTextFileSync(
    join(dir, markFile),
    "The embedded stack of Bedrock Switchboard keeps its database here.\n",
  );
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
