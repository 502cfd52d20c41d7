using System.Text.Json;

namespace OrleansInfer.Server.Tests;

public sealed class BenchCommandTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly string _model;

    public BenchCommandTests() => _model = TinyModel.Write(_folder.File("tiny"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("engine", "1,3", new[] { 1, 3 })]
    [InlineData("http", "2", new[] { 2 })]
    public async Task Prints_JSON_alone(string through, string concurrency, int[] measured)
    {
        var (code, output, error) = await ServerProgramFile.Run("", [.. Args(concurrency), "--through", through, "--json"]);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(["model", "quantization", "threads", "results"], json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("tiny", json.RootElement.GetProperty("model").GetString());
        Assert.Equal("none", json.RootElement.GetProperty("quantization").GetString());
        Assert.Equal(Environment.ProcessorCount, json.RootElement.GetProperty("threads").GetInt32());
        var results = json.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(measured, results.Select(result => result.GetProperty("concurrency").GetInt32()));
        Assert.All(results, result =>
        {
            Assert.Equal(
                ["concurrency", "prefill_tokens_per_second", "decode_tokens_per_second", "ttft_ms_p50", "itl_ms_p50", "itl_ms_p99"],
                result.EnumerateObject().Select(field => field.Name));
            Assert.True(result.GetProperty("prefill_tokens_per_second").GetDouble() > 0);
            Assert.True(result.GetProperty("ttft_ms_p50").GetDouble() > 0);
            Assert.True(result.GetProperty("itl_ms_p99").GetDouble() >= result.GetProperty("itl_ms_p50").GetDouble());
        });
    }

    [Fact]
    public async Task Says_how_the_weights_were_held()
    {
        var args = Args("1");
        args[Array.IndexOf(args, "none")] = "int8";
        var (code, output, error) = await ServerProgramFile.Run("", [.. args, "--keep", "lm_head=none", "--json"]);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("int8, keep lm_head=none", json.RootElement.GetProperty("quantization").GetString());
    }

    [Fact]
    public async Task Prints_a_table_to_the_standard_output_and_its_progress_elsewhere()
    {
        var args = Args("2");
        args[Array.IndexOf(args, "--kv-dtype") + 1] = "int8";
        var (code, output, error) = await ServerProgramFile.Run("", args);
        Assert.Equal(0, code);
        Assert.Contains("Measuring 2 at a time", error);
        Assert.Contains("tiny, float32, weights none, KV cache int8", output);
        Assert.Contains("tokens/s", output);
        Assert.Equal(7, output.TrimEnd().Split('\n').Length);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--quantization,int7", "'int7'")]
    [InlineData("--keep,lm_head", "'lm_head'")]
    [InlineData("--kv-dtype,int4", "int4")]
    [InlineData("--dtype,int4", "int4")]
    [InlineData("--through,wires", "wires")]
    [InlineData("--concurrency,1;two", "'1;two'")]
    [InlineData("--concurrency,0", "'0'")]
    [InlineData("--concurrency,5000", "'5000'")]
    [InlineData("--prompt-tokens,0", "--prompt-tokens is 0")]
    [InlineData("--output-tokens,1", "--output-tokens is 1")]
    [InlineData("--prompt-tokens,2147483647", "2048")]
    public async Task Refuses_what_it_cannot_measure_in_one_line(string args, string named)
    {
        var error = new StringWriter();
        Assert.Equal(2, await CommandLine.Run(["bench", "--model", _model, .. args.Split(',')], error));
        Assert.Single(error.ToString().TrimEnd('\n').Split('\n'));
        Assert.Contains(named, error.ToString());
    }

    string[] Args(string concurrency) =>
    [
        "bench", "--model", _model, "--dtype", "float32", "--kv-dtype", "float32", "--quantization", "none",
        "--prompt-tokens", "20", "--output-tokens", "6", "--concurrency", concurrency,
    ];
}
