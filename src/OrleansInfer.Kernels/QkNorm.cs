namespace OrleansInfer.Kernels;

/// <summary>An RMSNorm of each head of q and of k before they are rotated (Qwen3): <paramref name="Query"/> and <paramref name="Key"/> are of [headDim].</summary>
public sealed record QkNorm(NormWeight Query, NormWeight Key, float Eps);
