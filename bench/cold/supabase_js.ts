import "@supabase/supabase-js";

console.log(Deno.memoryUsage().rss);
