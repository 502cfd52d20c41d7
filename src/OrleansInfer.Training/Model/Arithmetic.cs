using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>
/// Sums and products with scalars that outlive the call. TorchSharp passes the native pointer of a <see cref="Scalar"/> on and lets go
/// of the object, so a garbage collection in mid-call frees what the native side still reads (seen as "toFloat: expected false to be
/// true", once in some hundred thousand calls). Its operators make such scalars even to add two tensors; these do not.
/// </summary>
internal static class Arithmetic
{
    static readonly Scalar One = 1;

    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    public static Tensor Plus(this Tensor a, double b)
    {
        using Scalar scalar = b;
        return a.add(scalar, One);
    }

    public static Tensor Times(this Tensor a, double b)
    {
        using Scalar scalar = b;
        return a.mul(scalar);
    }
}
