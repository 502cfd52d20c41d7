namespace OrleansInfer.Kernels.Tests;

public sealed class AllocationTests
{
    [Theory]
    [InlineData(DataType.Float32)]
    [InlineData(DataType.BFloat16)]
    public void A_step_allocates_nothing_on_the_managed_heap(DataType type)
    {
        using var kernels = CpuKernels.Create(2);
        using var layer = new SmallLayer(kernels, type);
        for (var i = 0; i < 40; i++) layer.Step(20);

        var before = GC.GetAllocatedBytesForCurrentThread();
        layer.Step(20);
        layer.Step(20);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
