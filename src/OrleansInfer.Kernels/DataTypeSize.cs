namespace OrleansInfer.Kernels;

internal static class DataTypeSize
{
    extension(DataType type)
    {
        /// <summary>Bytes of an element.</summary>
        public int Size => type switch { DataType.Float32 => 4, DataType.Int8 => 1, _ => 2 };

        /// <summary>True for integers, which stand beside a scale.</summary>
        public bool IsInteger => type is DataType.Int8 or DataType.Int16;
    }
}
