using System.Text.Json;
using OrleansInfer.Models;
using OrleansInfer.Training;

namespace OrleansInfer.Server.Tests;

public sealed class EvaluateCommandTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly string _model, _other;

    public EvaluateCommandTests() =>
        (_model, _other) = (TinyModel.Write(_folder.File("tiny")), TinyModel.Write(_folder.File("other"), seed: 7));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Perplexity_and_divergence_are_those_of_the_reference_model()
    {
        // A chat, a text of several chunks, and one that is longer than the context of 2,048
        string[] texts = ["<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyes?<|im_end|>\n", Letters(700, 1), Letters(2100, 2)];
        var data = Data(
            """{"id": "a", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes?"}]}""",
            "", $$"""{"text": "{{texts[1]}}"}""", $$"""{"text": "{{texts[2]}}", "source": "none"}""");

        var (code, output, error) = await ServerProgramFile.Run(
            "", "evaluate", "--model", _model, "--dtype", "float32", "--data", data, "--against", _other, "--json");

        Assert.True(code == 0, error);
        Assert.Contains("Read 100 % of the tokens", error);
        using var json = JsonDocument.Parse(output);
        var against = json.RootElement.GetProperty("against");
        var expected = Reference(texts);
        Assert.Equal(3, json.RootElement.GetProperty("documents").GetInt32());
        Assert.Equal(1, json.RootElement.GetProperty("documents_shortened").GetInt32());
        Assert.Equal(expected.Tokens, json.RootElement.GetProperty("tokens").GetInt32());
        AssertNear(expected.Perplexity, json.RootElement.GetProperty("perplexity").GetDouble());
        AssertNear(expected.OtherPerplexity, against.GetProperty("perplexity").GetDouble());
        AssertNear(expected.Divergence, against.GetProperty("kl_divergence").GetDouble());
        Assert.Equal(expected.SameTop, against.GetProperty("same_top1").GetDouble(), 3);
    }

    [Fact]
    public async Task A_model_does_not_diverge_from_itself_and_chunks_change_no_bit()
    {
        var data = Data($$"""{"text": "{{Letters(600, 3)}}"}""");
        var (code, output, error) = await ServerProgramFile.Run(
            "", "evaluate", "--model", _model, "--data", data, "--against", _model);
        Assert.True(code == 0, error);
        Assert.Contains("tiny, bfloat16, weights none: 1 documents, 599 tokens predicted", output);
        Assert.Contains("0.000 %", output);
        Assert.Contains("100.00 %", output);
    }

    [Theory]
    [InlineData("{\"text\": \"ab\"}\n{\"messages\": 5}", "line 2")]
    [InlineData("{\"text\": \"ab\"}\nnonsense", "line 2")]
    [InlineData("{\"text\": 5}", "'text'")]
    [InlineData("{\"other\": \"x\"}", "messages")]
    [InlineData("{\"messages\": [{\"role\": \"king\", \"content\": \"x\"}]}", "role")]
    [InlineData("{\"text\": \"a\"}", "nothing to predict")]
    [InlineData("", "nothing to predict")]
    public async Task A_file_that_is_no_data_is_one_line_and_exit_code_2(string content, string named)
    {
        File.WriteAllText(_folder.File("data.jsonl"), content);
        await AssertRefused(named, "--data", _folder.File("data.jsonl"));
    }

    [Fact]
    public async Task Refuses_what_it_cannot_open_or_compare()
    {
        var data = Data("""{"text": "abc"}""");
        await AssertRefused("no-such-file", "--data", _folder.File("no-such-file"));
        await AssertRefused("no-such-folder", "--data", data, "--against", _folder.File("no-such-folder"));
        var tokenizer = Path.Combine(_other, "tokenizer.json");
        File.WriteAllText(tokenizer, File.ReadAllText(tokenizer).Replace("\"a\":97", "\"a\":98").Replace("\"b\":98", "\"b\":97"));
        await AssertRefused("tokenize line 1 alike", "--data", data, "--against", _other);
    }

    async Task AssertRefused(string named, params string[] args)
    {
        var error = new StringWriter();
        Assert.Equal(2, await CommandLine.Run(["evaluate", "--model", _model, .. args], error));
        Assert.Single(error.ToString().TrimEnd('\n').Split('\n'));
        Assert.Contains(named, error.ToString());
    }

    // Of probabilities, all of a text in one pass.
    (int Tokens, double Perplexity, double OtherPerplexity, double Divergence, double SameTop) Reference(string[] texts)
    {
        using var model = ReferenceModel.Load(_model);
        using var other = ReferenceModel.Load(_other);
        var tokenizer = Tokenizer.Load(_model);
        double loss = 0, otherLoss = 0, divergence = 0, same = 0;
        var count = 0;
        foreach (var text in texts)
        {
            int[] ids = [.. tokenizer.Encode(text, parseSpecialTokens: true).Take(2048)];
            var (logits, otherLogits) = (model.Logits(ids), other.Logits(ids));
            for (var i = 0; i + 1 < ids.Length; i++, count++)
            {
                var (p, q) = (Probabilities(logits, i), Probabilities(otherLogits, i));
                loss -= Math.Log(p[ids[i + 1]]);
                otherLoss -= Math.Log(q[ids[i + 1]]);
                divergence += q.Zip(p, (b, a) => b * Math.Log(b / a)).Sum();
                if (Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max())) same++;
            }
        }
        return (count, Math.Exp(loss / count), Math.Exp(otherLoss / count), divergence / count, same / count);
    }

    static double[] Probabilities(float[,] logits, int row)
    {
        var weights = Enumerable.Range(0, logits.GetLength(1)).Select(i => Math.Exp(logits[row, i])).ToArray();
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    string Data(params string[] lines)
    {
        File.WriteAllLines(_folder.File("data.jsonl"), lines);
        return _folder.File("data.jsonl");
    }

    static string Letters(int count, int seed)
    {
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, count).Select(_ => (char)('a' + random.Next(26))));
    }

    static void AssertNear(double expected, double actual) => Assert.Equal(1, actual / expected, 1e-3);
}
