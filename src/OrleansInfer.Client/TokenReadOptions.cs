namespace OrleansInfer.Client;

/// <summary>How a conversation is followed.</summary>
public sealed record TokenReadOptions
{
    /// <summary>
    /// How long one call to the conversation waits for a token. Default 0.5 s: a call to a silo that dies is given up 0.5 s later, and what
    /// a call costs that finds no token does not matter. At most 4 s.
    /// </summary>
    public TimeSpan LongPoll { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a stream may be silent before the conversation itself is asked. Default 0.5 s.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How long calls may fail, one after the other, before the failure is the reader's to see. Default 1 minute: a silo that takes over
    /// does so within seconds, a server that is started again may need longer.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
