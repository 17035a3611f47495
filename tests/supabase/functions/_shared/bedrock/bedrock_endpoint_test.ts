import { expect } from "@std/expect";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { bedrockEndpoint } from "../../../../../supabase/functions/_shared/bedrock/bedrock_endpoint.ts";

Deno.test("bedrockEndpoint() leads where the AWS SDK does, in every partition", () => {
  const regions = [
    ...["us-east-1", "eu-central-1", "ap-southeast-5", "il-central-1", "mx-central-1"],
    ...["us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1"],
    ...["us-isof-south-1", "eu-isoe-west-1"],
  ];
  for (const region of regions) {
    const client = new BedrockRuntimeClient({ region });
    const { url } = client.config.endpointProvider({
      ...{ Region: region, UseDualStack: false, UseFIPS: false },
    });
    expect(`${bedrockEndpoint(region)}/`).toBe(url.href);
  }
});
