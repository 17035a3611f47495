import "@smithy/fetch-http-handler";

console.log(Deno.memoryUsage().rss);
