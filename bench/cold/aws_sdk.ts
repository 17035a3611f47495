import "@aws-sdk/client-bedrock-runtime";

console.log(Deno.memoryUsage().rss);
