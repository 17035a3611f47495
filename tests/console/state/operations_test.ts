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

const status = (unacknowledged_alerts: number, is_late = false) => ({
  open_alerts: 7,
  unacknowledged_alerts,
  is_late,
});

Deno.test("OperationsStore asks for the count of open alerts that are not acknowledged", async () => {
  const { store, asked, answer } = project();
  const loaded = store.load();
  expect(asked.map(({ action }) => action)).toEqual(["status"]);
  answer(0, status(2, true));
  await loaded;
  expect(store.view.value).toEqual({ alerts: 2, tickIsLate: true });
  expect(store.looks.value).toBe(1);
});

Deno.test("OperationsStore keeps what it knows where a look fails, and the later of two", async () => {
  const { store, asked, answer } = project();
  const looks = [store.load(), store.load(), store.load()];
  answer(1, status(1));
  answer(2, status(0));
  asked[0]?.answer.reject(new TypeError("Failed to fetch"));
  await Promise.all(looks);
  expect(store.view.value).toEqual({ alerts: 0, tickIsLate: false });
  expect(store.looks.value).toBe(3);
});
