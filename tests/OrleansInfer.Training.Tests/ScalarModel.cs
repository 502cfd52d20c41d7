using OrleansInfer.Models;

namespace OrleansInfer.Training.Tests;

/// <summary>The Llama family written out in loops over doubles, one position at a time: what the tensor code must equal.</summary>
internal sealed class ScalarModel(ModelConfig config, Dictionary<string, double[]> weights)
{
    public double[][] Logits(int[] ids)
    {
        var hidden = ids.Select(id => Row("model.embed_tokens.weight", id)).ToArray();
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
            hidden = Layer(hidden, $"model.layers.{layer}.");
        var head = config.TieWordEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. hidden.Select(h => Linear(Norm(h, "model.norm"), head))];
    }

    double[][] Layer(double[][] hidden, string prefix)
    {
        var attended = Attention([.. hidden.Select(h => Norm(h, prefix + "input_layernorm"))], prefix + "self_attn.");
        var middle = hidden.Zip(attended, Add).ToArray();
        return [.. middle.Select(m => Add(m, FeedForward(Norm(m, prefix + "post_attention_layernorm"), prefix + "mlp.")))];
    }

    double[][] Attention(double[][] inputs, string prefix)
    {
        var queries = inputs.Select((x, t) => Heads(x, prefix + "q", t)).ToArray();
        var keys = inputs.Select((x, t) => Heads(x, prefix + "k", t)).ToArray();
        var values = inputs.Select(x => Linear(x, prefix + "v_proj").Chunk(config.HeadDim).ToArray()).ToArray();
        var group = config.NumAttentionHeads / config.NumKeyValueHeads;
        return [.. queries.Select((heads, t) => Linear(
            [.. heads.SelectMany((q, h) => Attend(q, keys[..(t + 1)], values, h / group))], prefix + "o_proj"))];
    }

    static double[] Attend(double[] query, double[][][] keys, double[][][] values, int head)
    {
        var scores = keys.Select(k => Math.Exp(Dot(query, k[head]) / Math.Sqrt(query.Length))).ToArray();
        return [.. query.Select((_, d) => scores.Select((s, t) => s * values[t][head][d]).Sum() / scores.Sum())];
    }

    double[][] Heads(double[] x, string which, int position)
    {
        var heads = Linear(x, which + "_proj").Chunk(config.HeadDim);
        return [.. heads.Select(h => Turn(config.QkNorm ? Norm(h, which + "_norm") : h, position))];
    }

    double[] Turn(double[] x, int position)
    {
        var half = x.Length / 2;
        var result = new double[x.Length];
        for (var i = 0; i < half; i++)
        {
            var angle = position * Math.Pow(config.Rope.Theta, -2.0 * i / x.Length);
            result[i] = x[i] * Math.Cos(angle) - x[i + half] * Math.Sin(angle);
            result[i + half] = x[i + half] * Math.Cos(angle) + x[i] * Math.Sin(angle);
        }
        return result;
    }

    double[] FeedForward(double[] x, string prefix)
    {
        var gate = Linear(x, prefix + "gate_proj").Select(g => g / (1 + Math.Exp(-g)));
        return Linear([.. gate.Zip(Linear(x, prefix + "up_proj"), (g, u) => g * u)], prefix + "down_proj");
    }

    double[] Norm(double[] x, string name)
    {
        var scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + config.RmsNormEps);
        return [.. x.Zip(weights[name + ".weight"], (v, w) => v * scale * w)];
    }

    double[] Linear(double[] x, string name)
    {
        var rows = weights[name + ".weight"].Chunk(x.Length).Select(row => Dot(row, x));
        return weights.TryGetValue(name + ".bias", out var bias) ? [.. rows.Zip(bias, (r, b) => r + b)] : [.. rows];
    }

    double[] Row(string name, int row) => weights[name].AsSpan(row * config.HiddenSize, config.HiddenSize).ToArray();

    static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
