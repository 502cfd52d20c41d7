namespace OrleansInfer.Models;

/// <summary>The matrices of a network. Those that stand together read the same input and are multiplied as one.</summary>
internal static class NetworkLinears
{
    const string Layers = "model.layers.";

    public static LinearPart[] Qkv(ModelConfig c, int layer)
    {
        var kvRows = (long)c.NumKeyValueHeads * c.HeadDim;
        return
        [
            new($"{Layers}{layer}.self_attn.q_proj", (long)c.NumAttentionHeads * c.HeadDim, c.HiddenSize, c.QkvBias),
            new($"{Layers}{layer}.self_attn.k_proj", kvRows, c.HiddenSize, c.QkvBias),
            new($"{Layers}{layer}.self_attn.v_proj", kvRows, c.HiddenSize, c.QkvBias),
        ];
    }

    public static LinearPart[] Output(ModelConfig c, int layer) =>
        [new($"{Layers}{layer}.self_attn.o_proj", c.HiddenSize, (long)c.NumAttentionHeads * c.HeadDim, c.OutputBias)];

    public static LinearPart[] GateUp(ModelConfig c, int layer) =>
    [
        new($"{Layers}{layer}.mlp.gate_proj", c.IntermediateSize, c.HiddenSize, c.MlpBias),
        new($"{Layers}{layer}.mlp.up_proj", c.IntermediateSize, c.HiddenSize, c.MlpBias),
    ];

    public static LinearPart[] Down(ModelConfig c, int layer) =>
        [new($"{Layers}{layer}.mlp.down_proj", c.HiddenSize, c.IntermediateSize, c.MlpBias)];

    public static LinearPart Head(ModelConfig c) => new("lm_head", c.VocabSize, c.HiddenSize);

    public static IEnumerable<LinearPart[]> All(ModelConfig c) =>
    [
        .. Enumerable.Range(0, c.NumHiddenLayers)
            .SelectMany(layer => (LinearPart[][])[Qkv(c, layer), Output(c, layer), GateUp(c, layer), Down(c, layer)]),
        [Head(c)],
    ];
}
