using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels.Tests;

/// <summary>
/// What the kernels do per second on this machine.  Not run unless asked for: <c>-explicit only -class "*KernelSpeed" -showLiveOutput</c>;
/// the environment's THREADS is how many.
/// </summary>
public sealed partial class KernelSpeed(ITestOutputHelper output) : IDisposable
{
    static readonly string Threads = Environment.GetEnvironmentVariable("THREADS") ?? "0";

    readonly CpuKernels kernels = CpuKernels.Create(int.Parse(Threads, CultureInfo.InvariantCulture));

    public void Dispose() => kernels.Dispose();

    [Theory(Explicit = true)]
    [InlineData(DataType.BFloat16, 896, 1152)]
    [InlineData(DataType.BFloat16, 896, 9728)]
    [InlineData(DataType.BFloat16, 4864, 896)]
    [InlineData(DataType.BFloat16, 896, 50257)]
    [InlineData(DataType.BFloat16, 192, 320)]
    [InlineData(DataType.BFloat16, 192, 1024)]
    [InlineData(DataType.Float32, 896, 9728)]
    [InlineData(DataType.Float32, 4864, 896)]
    [InlineData(DataType.Float32, 192, 320)]
    public void Linear(DataType type, int inFeatures, int outFeatures)
    {
        using var weight = new Matrix(outFeatures, inFeatures, WeightType.BF16, seed: 1);
        var start = Now();
        using var first = kernels.CreateLinear([weight.View], type);
        var made = Now();
        kernels.CreateLinear([weight.View], type).Dispose();
        output.WriteLine($"{inFeatures} x {outFeatures} made in {made - start:f2} s with its self-test, then in {Now() - made:f2} s");
        // as many copies as no cache holds
        var copies = (int)Math.Clamp(100_000_000 / first.Bytes, 1, 24);
        var linears = Enumerable.Range(0, copies).Select(i => i == 0 ? first : kernels.CreateLinear([weight.View], type)).ToArray();
        using var x = Rows.Random(512, inFeatures, type, seed: 2);
        using var y = new Activations(512, outFeatures, type);
        foreach (var rows in new[] { 1, 2, 4, 8, 16, 32, 128, 512 })
        {
            var next = 0;
            var seconds = Best(() => kernels.Forward(linears[next++ % copies], x, rows, y));
            output.WriteLine(
                $"{kernels.Mode} {inFeatures} x {outFeatures}, {rows} rows: {seconds * 1e6:f1} us, " +
                $"{first.Bytes / seconds / 1e9:f1} GB/s, {2.0 * rows * inFeatures * outFeatures / seconds / 1e9:f0} GFLOP/s");
        }
        foreach (var linear in linears) linear.Dispose();
    }

    [Theory(Explicit = true)]
    [InlineData(896, 9728)]
    [InlineData(192, 1024)]
    public void OwnBFloat16Linear(int inFeatures, int outFeatures)
    {
        using var weight = new Matrix(outFeatures, inFeatures, WeightType.BF16, seed: 1);
        using var linear = new RowDotLinear(new StackedWeights([weight.View], DataType.BFloat16, VectorMath.Lanes));
        using var x = Rows.Random(128, inFeatures, DataType.BFloat16, seed: 2);
        using var y = new Activations(128, outFeatures, DataType.BFloat16);
        foreach (var rows in new[] { 1, 4, 8, 32, 128 })
        {
            var seconds = Best(() => kernels.Forward(linear, x, rows, y));
            output.WriteLine(
                $"own bfloat16 {inFeatures} x {outFeatures}, {rows} rows: {seconds * 1e6:f1} us, " +
                $"{linear.Bytes / seconds / 1e9:f1} GB/s, {2.0 * rows * inFeatures * outFeatures / seconds / 1e9:f0} GFLOP/s");
        }
    }

    [Theory(Explicit = true)]
    [InlineData(DataType.BFloat16, 14, 2, 64)]
    [InlineData(DataType.Float32, 14, 2, 64)]
    [InlineData(DataType.BFloat16, 6, 2, 32)]
    [InlineData(DataType.BFloat16, 16, 16, 64)]
    public void Attention(DataType type, int heads, int kvHeads, int headDim)
    {
        const int Keys = 2000;
        var blocks = Keys / 16;
        using var cache = new KvCache(1, kvHeads, headDim, 16 * blocks, 16, type);
        using var qkv = Rows.Random(512, (heads + 2 * kvHeads) * headDim, type, seed: 3);
        using var y = new Activations(512, heads * headDim, type);
        var tables = Enumerable.Range(0, 16).Select(s => Enumerable.Range(s * blocks, blocks).ToArray()).ToArray();
        foreach (var (sequences, rows) in new[] { (1, 1), (2, 1), (16, 1), (1, 128), (1, 512) })
        {
            var parts = Enumerable.Range(0, sequences).Select(s => new AttentionSequence(s * rows, rows, Keys - rows, tables[s])).ToArray();
            var seconds = Best(() => kernels.Attention(qkv, parts, cache, 0, 0.1f, y));
            var read = sequences * KvCache.BytesPerToken(1, kvHeads, headDim, type) * Keys;
            var flop = 4.0 * sequences * rows * heads * headDim * (Keys - rows / 2);
            output.WriteLine(
                $"{type} {heads}/{kvHeads} x {headDim}, {sequences} sequences of {rows} rows at {Keys} keys: {seconds * 1e6:f1} us, " +
                $"{flop / seconds / 1e9:f1} GFLOP/s, {read / seconds / 1e9:f1} GB/s");
        }
    }

    [Theory(Explicit = true)]
    [InlineData(DataType.BFloat16)]
    [InlineData(DataType.Float32)]
    public void Elementwise(DataType type)
    {
        using var hidden = Rows.Random(128, 896, DataType.Float32, seed: 1);
        using var delta = Rows.Random(128, 896, type, seed: 2, scale: 1e-6f);
        using var y = new Activations(128, 896, type);
        using var gateUp = Rows.Random(128, 9728, type, seed: 3);
        using var product = new Activations(128, 4864, type);
        using var qkv = Rows.Random(128, 1152, type, seed: 4);
        using var cache = new KvCache(1, 2, 64, 16, 16, type);
        var norm = new NormWeight(new float[896]);
        var rotary = new RotaryTable(64, new float[32], 1, 256);
        foreach (var rows in new[] { 1, 16, 128 })
        {
            var sequences = new[] { new AttentionSequence(0, rows, 0, [.. Enumerable.Range(0, 8)]) };
            var positions = Enumerable.Range(0, rows).ToArray();
            var normed = Best(() => kernels.AddRmsNorm(hidden, delta, rows, norm, 1e-6f, y));
            var silu = Best(() => kernels.SiluMul(gateUp, rows, product));
            var rotated = Best(() => kernels.RotateAndCache(qkv, rows, sequences, positions, rotary, null, cache, 0));
            output.WriteLine(
                $"{type} {rows} rows: AddRmsNorm {normed * 1e6:f1} us, SiluMul {silu * 1e6:f1} us, RotateAndCache {rotated * 1e6:f1} us");
        }
    }

    /// <summary>
    /// Seconds of a call, the least of many: others use the machine too.  With one thread it is the processor time of that thread, which
    /// they change little.
    /// </summary>
    double Best(Action call)
    {
        call();
        var best = double.MaxValue;
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 250;)
        {
            var start = Now();
            call();
            best = Math.Min(best, Now() - start);
        }
        return best;
    }

    double Now()
    {
        if (kernels.Threads > 1) return (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;
        const int ThreadCpuTime = 3;
        _ = ClockGetTime(ThreadCpuTime, out var time);
        return time.Seconds + time.Nanoseconds * 1e-9;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
