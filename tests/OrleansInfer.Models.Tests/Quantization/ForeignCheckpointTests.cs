using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models.Tests;

/// <summary>Whole networks with weights as GPTQ and AWQ store them, against the same networks with the weights that those mean.</summary>
public sealed class ForeignCheckpointTests
{
    const int Bits = 4, GroupSize = 32;

    [Theory]
    [InlineData("gptq", false)]
    [InlineData("gptq", true)]
    [InlineData("awq", false)]
    public void A_quantized_network_computes_what_its_dequantized_weights_do(string method, bool byActivations)
    {
        using var source = new RandomCheckpoint("Qwen2ForCausalLM", tied: true); // with biases
        using var quantized = new StoredFolder();
        using var dequantized = new StoredFolder();
        Convert(source.Folder, quantized, dequantized, method, byActivations);
        var (expected, actual) = (Logits(dequantized), Logits(quantized));
        if (byActivations) Assert.Equal(expected, actual); // these columns are multiplied as floats
        else Assert.InRange(RelativeError(expected, actual), 1e-9, 2e-3); // x is rounded to 16 bits
    }

    static void Convert(string source, StoredFolder quantized, StoredFolder dequantized, string method, bool byActivations)
    {
        using var weights = Checkpoint.Open(source);
        var parts = NetworkLinears.All(ModelConfig.Load(source)).SelectMany(parts => parts).ToDictionary(part => $"{part.Name}.weight");
        var random = new Random(1);
        foreach (var tensor in weights.Tensors)
        {
            if (parts.TryGetValue(tensor.Name, out var part)) Add(part);
            else Copy(tensor);
        }
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        File.WriteAllText(Path.Combine(dequantized.Path, "config.json"), config.ToJsonString());
        config["quantization_config"] = JsonNode.Parse(
            $$"""{"quant_method":"{{method}}","bits":{{Bits}},"group_size":{{GroupSize}},"sym":false,"desc_act":true,"zero_point":true}""");
        File.WriteAllText(Path.Combine(quantized.Path, "config.json"), config.ToJsonString());

        void Add(LinearPart part)
        {
            var (rows, columns) = ((int)part.Rows, (int)part.Columns);
            var stored = new QuantizationCase(random.Next(), rows, columns, Bits, GroupSize);
            var size = (Half)(5 * Math.Sqrt(columns)); // of a row's product with x
            for (var i = 0; i < stored.Scale.Length; i++) stored.Scale[i / stored.Groups, i % stored.Groups] /= size;
            var groupOf = Enumerable.Range(0, columns).Select(c => c / GroupSize).ToArray();
            if (byActivations) random.Shuffle(groupOf);
            dequantized.With($"{part.Name}.weight", "F32", stored.Weights(groupOf), rows, columns);
            if (method == "awq") stored.StoreAwq(quantized, part.Name);
            else stored.StoreGptq(quantized, part.Name, lessOne: true).With($"{part.Name}.g_idx", "I32", groupOf, columns);
        }

        void Copy(SafetensorsTensor tensor)
        {
            var floats = new float[(tensor.End - tensor.Begin) / sizeof(float)];
            Marshal.Copy(tensor.Data, floats, 0, floats.Length);
            foreach (var folder in (StoredFolder[])[quantized, dequantized]) folder.With(tensor.Name, "F32", floats, [.. tensor.Shape]);
        }
    }

    static float[] Logits(StoredFolder folder)
    {
        _ = folder.Weights; // writes the file
        using var kernels = CpuKernels.Create();
        using var model = CausalLM.Load(Checkpoint.Open(folder.Path), ModelConfig.Load(folder.Path), kernels, DataType.Float32);
        model.AllocateKvCache(numBlocks: 4, blockSize: 16);
        var batch = new ForwardBatch(64, 1);
        batch.Add([.. Enumerable.Range(0, 30)], 0, [0, 1], numLogits: 30);
        return model.Forward(batch).ToArray();
    }

    static double RelativeError(float[] expected, float[] actual) => Math.Sqrt(
        expected.Zip(actual, (e, a) => Math.Pow(e - a, 2)).Sum() / expected.Sum(e => Math.Pow(e, 2)));
}
