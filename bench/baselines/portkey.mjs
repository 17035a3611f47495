/**
 * Portkey's gateway as its package starts it, but on 127.0.0.1: it would listen on every address,
 * and has no option for that.
 */
import { Server } from "node:net";

const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, "127.0.0.1", ...rest.filter((argument) => argument !== undefined));
};
await import("@portkey-ai/gateway/build/start-server.js");
