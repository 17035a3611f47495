import { expect } from "@std/expect";
import { HostedConnection } from "../../../local/api/hosted_connection.ts";
import { startFixtureStack, temporaryState } from "../temporary_stack.ts";

Deno.test("HostedConnection.close() gives up a query that does not end", async () => {
  await using state = await temporaryState();
  const stack = await startFixtureStack({ stateDir: state.dir });
  try {
    const port = Number(new URL(stack.dbUrl).port);
    const connection = new HostedConnection({ port, roleSettings: new Map() });
    const asked = connection.driver`select pg_sleep(60)`.then(
      () => "answered",
      () => "given up",
    );
    await connection.driver`select 1`;
    const startedAt = performance.now();
    await connection.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await asked).toBe("given up");
  } finally {
    await stack.stop();
  }
});
