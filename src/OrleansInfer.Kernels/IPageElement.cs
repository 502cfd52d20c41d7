using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>How one type of stored number is read: 16 floats at a time.  Of integers, the floats still lack their scale.</summary>
internal unsafe interface IPageElement
{
    static abstract int Size { get; }

    static abstract Vector512<float> Load(void* data, nint index);
}
