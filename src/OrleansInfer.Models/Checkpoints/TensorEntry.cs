namespace OrleansInfer.Models;

/// <summary>A tensor of a file to be written.</summary>
/// <param name="Type">The format's name of the element type.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape, long Length)
{
    public static TensorEntry Of(string name, string type, params long[] shape) =>
        new(name, type, shape, shape.Aggregate(SafetensorsTensor.SizeOf(type)!.Value, (bytes, extent) => checked(bytes * extent)));
}
