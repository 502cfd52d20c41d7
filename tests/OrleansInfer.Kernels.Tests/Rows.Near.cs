namespace OrleansInfer.Kernels.Tests;

internal static unsafe partial class Rows
{
    /// <summary>How far a result may be from the exact one: the rounding of the type, and a little for the sums before it.</summary>
    public static void Near(double expected, float actual, DataType type, double scale = 1)
    {
        var tolerance = type == DataType.Float32 ? 2e-5 * scale + 2e-6 * Math.Abs(expected) : 2e-5 * scale + Math.Abs(expected) / 128;
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"expected {expected}, got {actual}");
    }
}
