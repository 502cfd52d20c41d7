using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
        public DataType Type; // of Qkv
        public DataType CacheType;
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
        var head = stackalloc float[job->HeadDim];
        for (var row = item * job->RowsPerItem; row < last; row++)
        {
            if (job->Type == DataType.Float32) Row<Float32Element>(job, row, head);
            else Row<BFloat16Element>(job, row, head);
        }
    }

    static void Row<T>(Job* job, int row, float* head) where T : struct, IElement
    {
        var at = (nint)row * (job->Heads + 2 * job->KvHeads) * job->HeadDim;
        for (var h = 0; h < job->Heads; h++, at += job->HeadDim)
        {
            Rotate(job, row, at, job->QueryGain, head);
            Copy<T>(head, job->Qkv, at, job->HeadDim);
        }
        var (block, slot) = Math.DivRem(job->Slots[row], job->BlockSize);
        var page = (nint)block * job->KvHeads * job->HeadBytes;
        for (var h = 0; h < job->KvHeads; h++, at += job->HeadDim)
        {
            Rotate(job, row, at, job->KeyGain, head);
            KvPage.StoreKey(job->CacheType, job->Keys + page + h * job->HeadBytes, (nint)slot, job->BlockSize, head, job->HeadDim);
        }
        for (var h = 0; h < job->KvHeads; h++, at += job->HeadDim)
        {
            Conversion.ToFloat(job->Type, job->Qkv, at, head, job->HeadDim);
            KvPage.StoreValue(job->CacheType, job->Values + page + h * job->HeadBytes, (nint)slot, job->BlockSize, head, job->HeadDim);
        }
    }

    /// <summary>Elements i and i + half turn by the same angle; all in float, rounded when the caller stores them.</summary>
    static void Rotate(Job* job, int row, nint at, float* gain, float* head)
    {
        Conversion.ToFloat(job->Type, job->Qkv, at, head, job->HeadDim);
        if (gain != null) RmsNormKernel.Normalize<Float32Element>(head, gain, head, 0, job->HeadDim, job->Eps);
        var half = job->HeadDim / 2;
        var angles = (nint)job->Positions[row] * half;
        Turn(head, job->Cos + angles, job->Sin + angles, half);
    }

    [MethodImpl(Jit.Loop)]
    static void Turn(float* head, float* cos, float* sin, nint half)
    {
        nint i = 0;
        for (; i + VectorMath.Lanes <= half; i += VectorMath.Lanes)
        {
            var (a, b) = (Vector512.Load(head + i), Vector512.Load(head + i + half));
            var (c, s) = (Vector512.Load(cos + i), Vector512.Load(sin + i));
            (a * c - b * s).Store(head + i);
            (b * c + a * s).Store(head + i + half);
        }
        for (; i < half; i++)
        {
            var (a, b) = (head[i], head[i + half]);
            head[i] = a * cos[i] - b * sin[i];
            head[i + half] = b * cos[i] + a * sin[i];
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Copy<T>(float* head, void* to, nint at, nint count) where T : struct, IElement
    {
        for (nint i = 0; i < count; i += VectorMath.Lanes) T.Store(to, at + i, Vector512.Load(head + i));
    }
}
