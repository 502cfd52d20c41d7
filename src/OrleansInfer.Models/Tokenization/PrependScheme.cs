namespace OrleansInfer.Models;

/// <summary>Which pieces a Metaspace step prefixes with its mark when they lack one.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}
