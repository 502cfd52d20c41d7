using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// Few iterations, in this process (libtorch is half a gigabyte, and a build of its own for every benchmark would copy it), and columns
/// with what the machine did a second.
/// </summary>
internal sealed class KernelConfig : ManualConfig
{
    public KernelConfig()
    {
        Add(DefaultConfig.Instance);
        AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(10));
        AddColumn(StatisticColumn.Min, new RateColumn("GB/s", work => work.Bytes), new RateColumn("GFLOP/s", work => work.Flop));
        WithSummaryStyle(BenchmarkDotNet.Reports.SummaryStyle.Default.WithMaxParameterColumnWidth(60));
    }
}
