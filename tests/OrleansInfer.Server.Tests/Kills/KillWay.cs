namespace OrleansInfer.Server.Tests;

/// <summary>How servers are ended in the middle of streams.</summary>
internal enum KillWay
{
    /// <summary>kill -9.</summary>
    Kill,

    /// <summary>SIGTERM.</summary>
    Stop,

    /// <summary>kill -9, and while the others take over, kill -9 of one of them.</summary>
    Twice,
}
