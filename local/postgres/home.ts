import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { StackError } from "../stack_error.ts";

/** Where the server's programs and data are, and as whom it runs. */
export interface PostgresHome {
  readonly dir: string;
  /** Undefined: as the user who runs the stack. */
  readonly user: ServerUser | undefined;
  /** Undefined, or why `dir` is not in the state folder; a line for the terminal. */
  readonly note: string | undefined;
}

/** An unprivileged user of this machine. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root runs it as another user, who often cannot reach the
 * state folder (`/root` is closed to everyone else). Then it lives in `/var/tmp`, in a folder
 * named after the state folder. Making a user would need `useradd`, which small images lack;
 * `initdb` only needs one that has an entry in `/etc/passwd`, and `nobody` has one everywhere.
 */
export function postgresHome(stateDir: string): PostgresHome {
  const inState = join(stateDir, "postgres");
  if (Deno.uid() !== 0) return { dir: inState, user: undefined, note: undefined };

  const user = serverUser();
  if (canReach(user, stateDir)) return { dir: inState, user, note: undefined };
  const name = createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
  const dir = `/var/tmp/bedrock-switchboard-${name}`;
  refuseStrangersFolder(dir);
  const note =
    `PostgreSQL does not run as root: it runs as ${user.name}, with its data in ${dir}, because ${user.name} cannot reach ${stateDir}.`;
  return { dir, user, note };
}

function serverUser(): ServerUser {
  const entries = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = entries.find((entry) => entry[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError(
    "PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody: run as an ordinary user.",
  );
}

/** Whether the user may enter a folder and all folders above it. */
function canReach(user: ServerUser, dir: string): boolean {
  const { mode, uid, gid } = Deno.statSync(dir);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if (mode === null || (mode & bit) === 0) return false;
  return dirname(dir) === dir || canReach(user, dirname(dir));
}

/** Everyone can write to /var/tmp, so the folder may have been laid there by someone else. */
function refuseStrangersFolder(dir: string): void {
  try {
    const { isDirectory, uid } = Deno.lstatSync(dir);
    if (isDirectory && uid === 0) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new StackError(`${dir} is not a folder of root's: remove it and start again.`);
}
