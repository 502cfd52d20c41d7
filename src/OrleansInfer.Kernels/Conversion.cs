using System.Runtime.CompilerServices;

namespace OrleansInfer.Kernels;

/// <summary>Elements of activations to floats: exact.</summary>
internal static unsafe class Conversion
{
    public struct Job
    {
        public void* Source; // [rows, Columns]
        public float* Destination;
        public DataType Type;
        public int Columns;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var start = (nint)item * job->Columns;
        ToFloat(job->Type, job->Source, start, job->Destination + start, job->Columns);
    }

    public static void ToFloat(DataType type, void* source, nint start, float* destination, int count)
    {
        if (type == DataType.Float32) new ReadOnlySpan<float>((float*)source + start, count).CopyTo(new Span<float>(destination, count));
        else ToFloat<BFloat16Element>(source, start, destination, count);
    }

    [MethodImpl(Jit.Loop)]
    static void ToFloat<T>(void* source, nint start, float* destination, int count) where T : struct, IElement
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes) Float32Element.Store(destination, i, T.Load(source, start + i));
        for (; i < count; i++) destination[i] = T.Get(source, start + i);
    }
}
