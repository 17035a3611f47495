import { StackError } from "./stack_error.ts";

/** A port of 127.0.0.1 that nothing listens on at the moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/**
 * Checks that something can listen on a port.
 *
 * @throws {StackError} if not; the message names the port and the variable that moves it.
 */
export function assertPortIsFree(port: number, what: string, variable: string): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StackError(
        `Port ${port}, for ${what}, is in use: stop what listens there, or set ${variable} to another port.`,
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new StackError(
        `Port ${port}, for ${what}, may not be used by this user: set ${variable} to one above 1023.`,
      );
    }
    throw error;
  }
}

/** Whether something accepts connections on a port of 127.0.0.1. */
export async function acceptsConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
