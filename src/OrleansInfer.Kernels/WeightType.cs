namespace OrleansInfer.Kernels;

/// <summary>The element type of a checkpoint's tensor, little-endian, as safetensors names them.</summary>
public enum WeightType
{
    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,
}
