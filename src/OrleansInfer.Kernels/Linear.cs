namespace OrleansInfer.Kernels;

/// <summary>
/// y = x Wᵀ + b, with the weights in the layout of the kernel that multiplies them.  Made by CpuKernels.CreateLinear.
/// </summary>
public abstract class Linear : IDisposable
{
    private protected Linear(int inFeatures, int outFeatures, DataType type, DataType? inputType = null)
    {
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        Type = type;
        InputType = inputType ?? type;
    }

    /// <summary>Columns of x.</summary>
    public int InFeatures { get; }

    /// <summary>Columns of y.</summary>
    public int OutFeatures { get; }

    /// <summary>The type of x: that of y, or integers.</summary>
    public DataType InputType { get; }

    /// <summary>The type of y.</summary>
    public DataType Type { get; }

    /// <summary>Bytes of the weights.</summary>
    public abstract long Bytes { get; }

    /// <summary>Gives the weights back.</summary>
    public abstract void Dispose();

    internal abstract void Forward(Team team, Activations x, int rows, Activations y);
}
