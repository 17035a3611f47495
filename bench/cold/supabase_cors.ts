import "@supabase/supabase-js/cors";

console.log(Deno.memoryUsage().rss);
