import { expect } from "@std/expect";
import { ApiError } from "../../../console/src/api/api_error.ts";
import { createManage } from "../../../console/src/api/manage_client.ts";

Deno.test("createManage() asks who the user is when an action is forbidden, and only then", async () => {
  for (const [code, asked] of [["forbidden", 1], ["registry_changed", 0]] as const) {
    let count = 0;
    const refused = { call: () => Promise.reject(new ApiError(code, "No.")) };
    const manage = createManage(refused, () => count++);
    await expect(manage("list", {})).rejects.toMatchObject({ code });
    expect([code, count]).toEqual([code, asked]);
  }
});
