namespace OrleansInfer.Kernels;

/// <summary>Element types of libtorch's tensors that are used here.</summary>
internal enum AtenType
{
    BFloat16,
    Float32,
    Int32,
    Int8,
    UInt8,
}
