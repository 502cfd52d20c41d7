using System.Diagnostics;
using OrleansInfer.Kernels;
using OrleansInfer.Models;

namespace OrleansInfer.Benchmarks;

/// <summary>All linears of a model, one behind the other, and nothing between them.</summary>
internal static class LinearsAlone
{
    const int Passes = 9;

    /// <summary>The median of some passes over so many rows, in milliseconds.</summary>
    public static double Milliseconds(LoadedModel model, int rows)
    {
        var work = model.Linears.Select(linear => new Work(linear, rows)).ToList();
        try
        {
            return Enumerable.Range(0, Passes).Select(_ => Pass(model.Kernels, work, rows)).Order().ElementAt(Passes / 2);
        }
        finally
        {
            foreach (var one in work) one.Dispose();
        }
    }

    static double Pass(CpuKernels kernels, List<Work> work, int rows)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var one in work) kernels.Forward(one.Linear, one.X, rows, one.Y);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    sealed record Work(Linear Linear, int Rows) : IDisposable
    {
        public Activations X { get; } = new(Rows, Linear.InFeatures, Linear.InputType);
        public Activations Y { get; } = new(Rows, Linear.OutFeatures, Linear.Type);

        public void Dispose()
        {
            X.Dispose();
            Y.Dispose();
        }
    }
}
