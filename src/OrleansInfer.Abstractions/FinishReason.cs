namespace OrleansInfer.Abstractions;

/// <summary>Why a choice ended. Every choice ends with exactly one.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token, a stop token or a stop string.</summary>
    Stop,

    /// <summary>The token limit of the request or the end of the context.</summary>
    Length,

    /// <summary>The caller cancelled it, or nobody came back for it.</summary>
    Abort,

    /// <summary>The engine could not go on; the server's log says why.</summary>
    Error,
}
