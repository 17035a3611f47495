import "zod";

console.log(Deno.memoryUsage().rss);
