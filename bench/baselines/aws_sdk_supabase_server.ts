/** A function as one writes it first: reads which model to ask with supabase-js, asks it, answers. */
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { createClient } from "@supabase/supabase-js";

const bedrock = new BedrockRuntimeClient({
  region: "eu-central-1",
  endpoint: Deno.env.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") ?? "",
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
});
const supabase = createClient(
  Deno.env.get("SUPABASE_URL") ?? "",
  Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "",
);

export default {
  async fetch(request: Request): Promise<Response> {
    const { message } = await request.json();
    const { data, error } = await supabase.from("bedrock_models").select("model_id")
      .eq("is_default", true).single();
    if (error) return Response.json(error, { status: 500 });
    const { body } = await bedrock.send(
      new InvokeModelCommand({
        modelId: data.model_id,
        contentType: "application/json",
        accept: "application/json",
        body: JSON.stringify({
          schemaVersion: "messages-v1",
          messages: [{ role: "user", content: [{ text: message }] }],
          inferenceConfig: { maxTokens: 512 },
        }),
      }),
    );
    const { output } = JSON.parse(new TextDecoder().decode(body));
    return Response.json({ text: output.message.content[0].text });
  },
};
