namespace OrleansInfer.Kernels;

/// <summary>An RMSNorm of each head of q and of k before they are rotated (Qwen3); both weights are of [headDim].</summary>
public sealed record QkNorm(NormWeight Query, NormWeight Key, float Eps);
