namespace OrleansInfer.Kernels;

/// <summary>
/// How many queries an inner loop works on, as a type: the JIT compiles the loop once for each and drops what lies behind the count, so
/// that no query is computed for nothing and no loop counts queries.
/// </summary>
internal interface IQueryCount
{
    static abstract int Value { get; }
}

internal readonly struct QueryCount
{
    public readonly struct One : IQueryCount
    {
        public static int Value => 1;
    }

    public readonly struct Two : IQueryCount
    {
        public static int Value => 2;
    }

    public readonly struct Three : IQueryCount
    {
        public static int Value => 3;
    }

    public readonly struct Four : IQueryCount
    {
        public static int Value => 4;
    }

    public readonly struct Five : IQueryCount
    {
        public static int Value => 5;
    }

    public readonly struct Six : IQueryCount
    {
        public static int Value => 6;
    }

    public readonly struct Seven : IQueryCount
    {
        public static int Value => 7;
    }

    public readonly struct Eight : IQueryCount
    {
        public static int Value => 8;
    }
}
