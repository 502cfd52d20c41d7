namespace OrleansInfer.Kernels;

/// <summary>
/// The type of an element.  A network computes in Float32 or BFloat16, which its activations have between linears; integer linears take
/// theirs as integers.  The residual stream is Float32 in every case.
/// </summary>
public enum DataType
{
    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of fraction.</summary>
    BFloat16,

    /// <summary>8-bit integers with one scale a row (activations), or one a token and head (KV cache).</summary>
    Int8,

    /// <summary>16-bit integers with one scale a row: activations of linears whose weights alone are quantized.</summary>
    Int16,
}
