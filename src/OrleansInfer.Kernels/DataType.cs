namespace OrleansInfer.Kernels;

/// <summary>The type a network computes in: of its linears, activations and KV cache.  The residual stream is Float32 in both.</summary>
public enum DataType
{
    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of fraction.</summary>
    BFloat16,
}
