namespace OrleansInfer.Models;

/// <summary>A tensor of a mapped safetensors file. <paramref name="Data"/> is valid while the file is open.</summary>
/// <param name="Type">The format's name of the element type: F32, F16, BF16, I64, …</param>
/// <param name="Begin">First byte, counted from the start of the file's data; <paramref name="End"/> is the one behind the last.</param>
public sealed record SafetensorsTensor(string Name, string Type, IReadOnlyList<long> Shape, nint Data, long Begin, long End)
{
    /// <summary>Bytes that the shape takes; null for an element type we do not know.</summary>
    internal long? BytesOfShape
    {
        get
        {
            if (SizeOf(Type) is not { } bytes) return null;
            foreach (var extent in Shape)
            {
                var product = (Int128)bytes * extent;
                if (product > long.MaxValue) return long.MaxValue;
                bytes = (long)product;
            }
            return bytes;
        }
    }

    /// <summary>Bytes of an element; null for a type we do not know.</summary>
    internal static long? SizeOf(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => null,
    };
}
