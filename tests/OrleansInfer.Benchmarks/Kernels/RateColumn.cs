using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace OrleansInfer.Benchmarks;

/// <summary>Billions a second, in the fastest iteration: others use the machine too.</summary>
internal sealed class RateColumn(string name, Func<KernelWork, double> amount) : IColumn
{
    public string Id => name;
    public string ColumnName => name;
    public string Legend => $"{name} in the fastest iteration";
    public bool AlwaysShow => true;
    public ColumnCategory Category => ColumnCategory.Statistics;
    public int PriorityInCategory => 0;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var work = benchmarkCase.Parameters.Items.Select(item => item.Value).OfType<KernelWork>().FirstOrDefault();
        var nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Min;
        return work is not null && amount(work) > 0 && nanoseconds > 0
            ? (amount(work) / nanoseconds.Value).ToString("f1", CultureInfo.InvariantCulture) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
