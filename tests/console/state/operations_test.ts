import { expect } from "@std/expect";
import type { Manage } from "../../../console/src/api/manage_client.ts";
import { OperationsStore } from "../../../console/src/state/operations.ts";

/** A project whose answers come when the test lets them. */
function project() {
  const asked: { readonly action: string; readonly answer: PromiseWithResolvers<unknown> }[] = [];
  const manage = (action: string) => {
    const answer = Promise.withResolvers<unknown>();
    asked.push({ action, answer });
    return answer.promise;
  };
  const answer = (place: number, value: unknown) => asked[place]?.answer.resolve(value);
  return { store: new OperationsStore(manage as unknown as Manage), asked, answer };
}

const alerts = (...acknowledged: (string | null)[]) => ({
  alerts: acknowledged.map((acknowledged_at) => ({ acknowledged_at })),
});

Deno.test("OperationsStore counts the open alerts that nobody has acknowledged", async () => {
  const { store, asked, answer } = project();
  const loaded = store.load();
  expect(asked.map(({ action }) => action)).toEqual(["list-alerts", "status"]);
  answer(0, alerts(null, "2026-11-30T08:00:00Z", null));
  answer(1, { is_late: true });
  await loaded;
  expect(store.view.value).toEqual({ alerts: 2, tickIsLate: true });
  expect(store.looks.value).toBe(1);
});

Deno.test("OperationsStore keeps what it knows where a look fails, and the later of two", async () => {
  const { store, asked, answer } = project();
  const looks = [store.load(), store.load(), store.load()];
  answer(2, alerts(null));
  answer(3, { is_late: false });
  answer(4, alerts());
  answer(5, { is_late: false });
  asked[0]?.answer.reject(new TypeError("Failed to fetch"));
  answer(1, { is_late: true });
  await Promise.all(looks);
  expect(store.view.value).toEqual({ alerts: 0, tickIsLate: false });
  expect(store.looks.value).toBe(3);
});
