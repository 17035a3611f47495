/**
 * Models that AWS lists in Frankfurt and the stand-in does not serve: a client that looks for
 * models to converse with must skip them.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 */
export const unservedModels = [
  {
    modelId: "amazon.titan-embed-text-v2:0",
    modelName: "Titan Text Embeddings V2",
    providerName: "Amazon",
    inputModalities: ["TEXT"],
    outputModalities: ["EMBEDDING"],
    responseStreamingSupported: false,
    inferenceTypesSupported: ["ON_DEMAND"],
  },
  {
    modelId: "amazon.titan-embed-image-v1:0",
    modelName: "Titan Multimodal Embeddings G1",
    providerName: "Amazon",
    inputModalities: ["TEXT", "IMAGE"],
    outputModalities: ["EMBEDDING"],
    responseStreamingSupported: false,
    inferenceTypesSupported: ["PROVISIONED"],
  },
  {
    modelId: "amazon.rerank-v1:0",
    modelName: "Rerank 1.0",
    providerName: "Amazon",
    inputModalities: ["TEXT"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: false,
    inferenceTypesSupported: ["ON_DEMAND"],
  },
];
