using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>How one type of activation is read and written: kernels are written once, over this, and compute in float.</summary>
internal unsafe interface IElement : IPageElement
{
    static abstract float Get(void* data, nint index);

    static abstract void Set(void* data, nint index, float value);

    static abstract void Store(void* data, nint index, Vector512<float> value);
}
