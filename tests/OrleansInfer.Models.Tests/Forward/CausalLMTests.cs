using OrleansInfer.Kernels;
using OrleansInfer.Training;
using static TorchSharp.torch;

namespace OrleansInfer.Models.Tests;

/// <summary>The fast path against the trainer's differentiable model, and the exactness that recovery rests on.</summary>
public sealed class CausalLMTests
{
    const int BlockSize = 16;

    const string Llama3 = """
        {"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64}
        """;
    const string Yarn = """{"rope_type":"yarn","factor":4,"original_max_position_embeddings":64}""";
    const string Linear = """{"rope_type":"linear","factor":2}""";

    [Theory]
    [InlineData("LlamaForCausalLM", false, null)]
    [InlineData("LlamaForCausalLM", true, Llama3)]
    [InlineData("MistralForCausalLM", false, Linear)]
    [InlineData("Qwen2ForCausalLM", true, Yarn)]
    [InlineData("Qwen3ForCausalLM", false, null)]
    public void Float32_logits_agree_with_the_reference_model(string architecture, bool tied, string? rope)
    {
        using var checkpoint = new RandomCheckpoint(architecture, tied, rope);
        using var reference = ReferenceModel.Load(checkpoint.Folder);
        using var model = Load(checkpoint.Folder, DataType.Float32);
        var ids = Ids(new Random(1), 77);
        var expected = reference.Logits(ids);

        var batch = new ForwardBatch(128, 4);
        batch.Add(ids, 0, [3, 1, 4, 0, 2], numLogits: ids.Length);
        var actual = model.Forward(batch);
        for (var i = 0; i < ids.Length; i++)
            for (var v = 0; v < model.VocabSize; v++)
                Assert.Equal(expected[i, v], actual[i * model.VocabSize + v], 2e-4f);
    }

    [Theory]
    [InlineData("LlamaForCausalLM")]
    [InlineData("Qwen2ForCausalLM")]
    [InlineData("Qwen3ForCausalLM")]
    public void Bfloat16_logits_are_within_rounding_of_the_reference_model(string architecture)
    {
        using var checkpoint = new RandomCheckpoint(architecture, type: ScalarType.BFloat16);
        using var reference = ReferenceModel.Load(checkpoint.Folder);
        using var model = Load(checkpoint.Folder, DataType.BFloat16);
        var ids = Ids(new Random(2), 60);
        var expected = reference.Logits(ids);

        var batch = new ForwardBatch(64, 4);
        batch.Add(ids, 0, [0, 1, 2, 3], numLogits: ids.Length);
        var actual = model.Forward(batch);
        double error = 0, size = 0;
        for (var i = 0; i < ids.Length; i++)
            for (var v = 0; v < model.VocabSize; v++)
            {
                error += Math.Pow(expected[i, v] - actual[i * model.VocabSize + v], 2);
                size += Math.Pow(expected[i, v], 2);
            }
        Assert.InRange(Math.Sqrt(error / size), 0, 0.03); // bfloat16 keeps 8 bits: 0.4 % a rounding, over three layers
    }

    [Fact]
    public void An_int8_cache_is_smaller_and_close_to_the_reference_model()
    {
        using var checkpoint = new RandomCheckpoint("Qwen3ForCausalLM");
        using var reference = ReferenceModel.Load(checkpoint.Folder);
        using var exact = Load(checkpoint.Folder, DataType.Float32);
        using var model = Load(checkpoint.Folder, DataType.Float32, "int8");
        var ids = Ids(new Random(4), 90);
        var expected = reference.Logits(ids);

        var actual = Alone(model, ids);

        double error = 0, size = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            var logit = expected[i / model.VocabSize, i % model.VocabSize];
            error += Math.Pow(logit - actual[i], 2);
            size += Math.Pow(logit, 2);
        }
        Assert.InRange(Math.Sqrt(error / size), 1e-5, 0.02); // 7 bits beside the largest of a head, over three layers
        Assert.InRange(model.KvBytesPerToken, exact.KvBytesPerToken / 4, exact.KvBytesPerToken / 3);
    }

    /// <summary>Random batches, chunks and block tables: every row of logits has the bits of the sequence alone in one pass.</summary>
    [Theory]
    [InlineData(DataType.Float32, null)]
    [InlineData(DataType.BFloat16, null)]
    [InlineData(DataType.BFloat16, "int8")]
    public void A_sequence_gets_the_same_bits_alone_in_any_batch_and_in_any_chunks(DataType type, string? kvType)
    {
        using var checkpoint = new RandomCheckpoint("Qwen3ForCausalLM", type: ScalarType.BFloat16);
        using var model = Load(checkpoint.Folder, type, kvType);
        var random = new Random(3);
        for (var round = 0; round < 8; round++)
        {
            var sequences = Enumerable.Range(0, 1 + random.Next(9)).Select(_ => Ids(random, 1 + random.Next(100))).ToArray();
            var alone = sequences.Select(ids => Alone(model, ids)).ToArray();
            var tables = Tables(random, sequences);
            var done = new int[sequences.Length];
            while (true)
            {
                var batch = new ForwardBatch(1024, 16);
                var rows = new List<(int Sequence, int Position)>();
                foreach (var s in Enumerable.Range(0, sequences.Length).OrderBy(_ => random.Next()))
                {
                    var left = sequences[s].Length - done[s];
                    if (left == 0 || random.Next(4) == 0) continue;
                    var count = random.Next(3) == 0 ? 1 : 1 + random.Next(left);
                    batch.Add(sequences[s].AsSpan(done[s], count), done[s], tables[s], numLogits: count);
                    for (var i = 0; i < count; i++) rows.Add((s, done[s] + i));
                    done[s] += count;
                }
                if (batch.NumTokens > 0) CheckRows(model.Forward(batch), rows, alone);
                if (sequences.Index().All(s => done[s.Index] == s.Item.Length)) break;
            }
        }

        void CheckRows(ReadOnlySpan<float> logits, List<(int Sequence, int Position)> rows, float[][] alone)
        {
            for (var r = 0; r < rows.Count; r++)
                Assert.True(
                    logits.Slice(r * model.VocabSize, model.VocabSize).SequenceEqual(
                        alone[rows[r].Sequence].AsSpan(rows[r].Position * model.VocabSize, model.VocabSize)),
                    $"sequence {rows[r].Sequence}, position {rows[r].Position} of a batch of {rows.Count} rows");
        }
    }

    [Fact]
    public void Refuses_a_missing_tensor_and_one_of_the_wrong_shape_by_name()
    {
        using var checkpoint = new RandomCheckpoint("LlamaForCausalLM");
        var config = Path.Combine(checkpoint.Folder, "config.json");
        var text = File.ReadAllText(config);
        var qwen3 = text.Replace("LlamaForCausalLM", "Qwen3ForCausalLM").Replace("\"attention_bias\":true", "\"attention_bias\":false");
        File.WriteAllText(config, qwen3);
        Assert.Contains("\"model.layers.0.self_attn.q_norm.weight\" is missing", Refusal());
        File.WriteAllText(config, text.Replace("\"intermediate_size\":144", "\"intermediate_size\":160"));
        Assert.Contains("\"model.layers.0.mlp.gate_proj.weight\" has the shape [144, 96], [160, 96] is expected", Refusal());

        string Refusal() => Assert.Throws<ModelLoadException>(() => Load(checkpoint.Folder, DataType.Float32)).Message;
    }

    static CausalLM Load(string folder, DataType type, string? kvType = null)
    {
        var model = CausalLM.Load(
            Checkpoint.Open(folder), ModelConfig.Load(folder), CpuKernels.Create(), type, ModelQuantization.Parse(null, null, kvType));
        model.AllocateKvCache(numBlocks: 128, BlockSize);
        return model;
    }

    static float[] Alone(CausalLM model, int[] ids)
    {
        var batch = new ForwardBatch(1024, 1);
        batch.Add(ids, 0, [.. Enumerable.Range(100, 10)], numLogits: ids.Length);
        return model.Forward(batch).ToArray();
    }

    /// <summary>Blocks 0 to 99 dealt out in random order: a table never lies in a row.</summary>
    static int[][] Tables(Random random, int[][] sequences)
    {
        var blocks = new Stack<int>(Enumerable.Range(0, 100).OrderBy(_ => random.Next()));
        return [.. sequences.Select(ids => ids.Chunk(BlockSize).Select(_ => blocks.Pop()).ToArray())];
    }

    static int[] Ids(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(RandomCheckpoint.Vocabulary))];
}
