using System.Runtime.CompilerServices;

namespace OrleansInfer.Kernels;

/// <summary>Norm (where the model has it) and rotation of q and k; q stays in place, k and v go to their pages.</summary>
internal static unsafe class RotaryKernel
{
    public const int MaxHeadDim = 1024; // heads are worked on in the stack

    public struct Job
    {
        public void* Qkv; // [rows, (Heads + 2 * KvHeads) * HeadDim]
        public int* Positions; // [rows]
        public long* Slots; // [rows]: block * blockSize + slot
        public float* Cos; // [position, HeadDim / 2]
        public float* Sin;
        public float* QueryGain; // [HeadDim] or null
        public float* KeyGain;
        public byte* Keys; // the layer's pages
        public byte* Values;
        public nint HeadBytes;
        public DataType Type;
        public int Heads;
        public int KvHeads;
        public int HeadDim;
        public int BlockSize;
        public int Rows;
        public int RowsPerItem;
        public float Eps;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var last = Math.Min((item + 1) * job->RowsPerItem, job->Rows);
        for (var row = item * job->RowsPerItem; row < last; row++)
        {
            if (job->Type == DataType.Float32) Row<Float32Element>(job, row);
            else Row<BFloat16Element>(job, row);
        }
    }

    static void Row<T>(Job* job, int row) where T : struct, IElement
    {
        var head = stackalloc float[job->HeadDim];
        var at = (nint)row * (job->Heads + 2 * job->KvHeads) * job->HeadDim;
        for (var h = 0; h < job->Heads; h++, at += job->HeadDim)
        {
            Rotate<T>(job, row, at, job->QueryGain, head);
            for (var i = 0; i < job->HeadDim; i += VectorMath.Lanes) T.Store(job->Qkv, at + i, Float32Element.Load(head, i));
        }
        var (block, slot) = Math.DivRem(job->Slots[row], job->BlockSize);
        var page = (nint)block * job->KvHeads * job->HeadBytes;
        for (var h = 0; h < job->KvHeads; h++, at += job->HeadDim)
        {
            Rotate<T>(job, row, at, job->KeyGain, head);
            var keys = job->Keys + page + h * job->HeadBytes; // [HeadDim, BlockSize]
            for (var i = 0; i < job->HeadDim; i++) T.Set(keys, (nint)i * job->BlockSize + (nint)slot, head[i]);
        }
        for (var h = 0; h < job->KvHeads; h++, at += job->HeadDim)
        {
            var values = job->Values + page + h * job->HeadBytes + (nint)slot * job->HeadDim * T.Size; // [BlockSize, HeadDim]
            Buffer.MemoryCopy((byte*)job->Qkv + at * T.Size, values, job->HeadDim * T.Size, job->HeadDim * T.Size);
        }
    }

    /// <summary>Elements i and i + half turn by the same angle; all in float, rounded when the caller stores them.</summary>
    [MethodImpl(Jit.Loop)]
    static void Rotate<T>(Job* job, int row, nint at, float* gain, float* head) where T : struct, IElement
    {
        for (var i = 0; i < job->HeadDim; i += VectorMath.Lanes) Float32Element.Store(head, i, T.Load(job->Qkv, at + i));
        if (gain != null) RmsNormKernel.Normalize<Float32Element>(head, gain, head, 0, job->HeadDim, job->Eps);
        var half = job->HeadDim / 2;
        var cos = job->Cos + (nint)job->Positions[row] * half;
        var sin = job->Sin + (nint)job->Positions[row] * half;
        for (var i = 0; i < half; i++)
        {
            var (a, b) = (head[i], head[i + half]);
            head[i] = a * cos[i] - b * sin[i];
            head[i + half] = b * cos[i] + a * sin[i];
        }
    }
}
