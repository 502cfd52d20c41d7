namespace OrleansInfer.Engine;

/// <summary>
/// Philox4x32-10, a counter-based random number generator: the same key and counter give the same bits, whatever was drawn before.
/// J. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC11.
/// </summary>
internal static class Philox
{
    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>64 random bits for the token at an output position of a choice.</summary>
    public static ulong Draw(ulong seed, int choice, int position)
    {
        var (x0, x1, _, _) = Block(((uint)position, 0, (uint)choice, 0), (uint)seed, (uint)(seed >> 32));
        return (ulong)x1 << 32 | x0;
    }

    internal static (uint X0, uint X1, uint X2, uint X3) Block((uint X0, uint X1, uint X2, uint X3) counter, uint key0, uint key1)
    {
        var (x0, x1, x2, x3) = counter;
        for (var round = 0; round < 10; round++)
        {
            var product0 = (ulong)Multiplier0 * x0;
            var product1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(product1 >> 32) ^ x1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ x3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (x0, x1, x2, x3);
    }
}
