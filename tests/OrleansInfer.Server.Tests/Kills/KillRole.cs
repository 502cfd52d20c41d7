namespace OrleansInfer.Server.Tests;

/// <summary>What the server that is killed was to a stream.</summary>
internal enum KillRole
{
    /// <summary>It generated it; the reader is connected to another and sees it go on.</summary>
    Engine,

    /// <summary>The reader was connected to it; another generates it.</summary>
    Api,

    /// <summary>Both.</summary>
    Both,

    /// <summary>Neither: nothing must happen.</summary>
    None,
}
