using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Rows of activations to integers, each row by its own largest magnitude, so that a row's integers do not depend on its batch
/// (dynamic quantization per token, as in ZeroQuant, arXiv:2206.01861).
/// </summary>
internal static unsafe class RowQuantizer
{
    /// <summary>What stands for zero in a byte: products of bytes have an unsigned side.</summary>
    public const int ByteZero = 128;

    public struct Job
    {
        public void* Source; // [rows, Columns]
        public DataType SourceType;
        public void* Y; // [rows, Columns]
        public float* Scales; // [rows]
        public DataType Type;
        public float* Lines; // [workers, Columns]
        public int Columns;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var line = job->Lines + (nint)worker * job->Columns;
        Conversion.ToFloat(job->SourceType, job->Source, (nint)item * job->Columns, line, job->Columns);
        Row(line, job->Columns, job->Type, job->Y, job->Scales, item);
    }

    /// <summary>y[row] and scales[row] of the floats x, with x = scale * integer.</summary>
    public static void Row(float* x, int columns, DataType type, void* y, float* scales, nint row)
    {
        var range = type == DataType.Int8 ? 127 : 32767;
        var largest = Largest(x, columns);
        // a row whose scale would be subnormal is as good as zero
        var inverse = largest < 1e-30f ? 0 : range / largest;
        scales[row] = largest / range;
        if (type == DataType.Int8) ToBytes(x, columns, inverse, (byte*)y + row * columns);
        else ToShorts(x, columns, inverse, (short*)y + row * columns);
    }

    [MethodImpl(Jit.Loop)]
    static float Largest(float* x, int columns)
    {
        Vector512<float> largest = default;
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            var magnitude = Vector512.Abs(Vector512.Load(x + i));
            largest = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, largest), largest, magnitude);
        }
        var all = VectorMath.Max(largest);
        for (; i < columns; i++) all = Math.Max(all, MathF.Abs(x[i]));
        return all;
    }

    [MethodImpl(Jit.Loop)]
    static void ToBytes(float* x, int columns, float inverse, byte* y)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            var q = Round(Vector512.Load(x + i), inverse) + Vector512.Create(ByteZero);
            Narrow(q, y + i);
        }
        for (; i < columns; i++) y[i] = (byte)(Round(x[i], inverse) + ByteZero);
    }

    [MethodImpl(Jit.Loop)]
    static void ToShorts(float* x, int columns, float inverse, short* y)
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            var q = Round(Vector512.Load(x + i), inverse);
            Vector256.Narrow(q.GetLower(), q.GetUpper()).Store(y + i);
        }
        for (; i < columns; i++) y[i] = (short)Round(x[i], inverse);
    }

    static void Narrow(Vector512<int> q, byte* y)
    {
        var shorts = Vector256.Narrow(q.GetLower(), q.GetUpper());
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte().Store(y);
    }

    // adding 1.5 * 2^23 rounds to the nearest integer, halves to even, and leaves it in the low bits of the sum
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Round(Vector512<float> x, float inverse)
    {
        var magic = Vector512.Create(12582912f);
        return (x * inverse + magic).AsInt32() - magic.AsInt32();
    }

    static int Round(float x, float inverse) =>
        BitConverter.SingleToInt32Bits(x * inverse + 12582912f) - BitConverter.SingleToInt32Bits(12582912f);
}
