import "jose";

console.log(Deno.memoryUsage().rss);
