using System.Globalization;
using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;

namespace OrleansInfer.Benchmarks;

/// <summary>Kernels on as many threads as the environment's THREADS says; without it, on all cores.</summary>
public abstract class KernelBenchmark
{
    protected CpuKernels Cpu { get; } =
        CpuKernels.Create(int.Parse(Environment.GetEnvironmentVariable("THREADS") ?? "0", CultureInfo.InvariantCulture));

    [GlobalCleanup]
    public virtual void Dispose() => Cpu.Dispose();
}
