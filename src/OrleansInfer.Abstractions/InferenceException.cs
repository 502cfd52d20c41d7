namespace OrleansInfer.Abstractions;

/// <summary>What kind of refusal an <see cref="InferenceException"/> is; the HTTP edge maps it to a status.</summary>
public enum InferenceError
{
    /// <summary>400: a parameter is wrong.</summary>
    InvalidRequest,

    /// <summary>400: the prompt does not fit the context.</summary>
    ContextLengthExceeded,

    /// <summary>404: no such model.</summary>
    ModelNotFound,

    /// <summary>404: no such conversation, turn or item, or it is no longer kept.</summary>
    ConversationNotFound,

    /// <summary>409: a turn is running already.</summary>
    ConversationBusy,

    /// <summary>429: every queue is full; try again later.</summary>
    Overloaded,

    /// <summary>503: the journal or a device is out of order, the message says how; nothing the caller can mend.</summary>
    Unavailable,

    /// <summary>409: the conversation's last turn is another than the request follows.</summary>
    ConversationMoved,

    /// <summary>409: there is a conversation of that name already.</summary>
    ConversationExists,

    /// <summary>503: the conversation is on its way to another silo. Asked again, it answers there.</summary>
    Moving,
}

/// <summary>A refusal that the caller can act on. Nothing of the request was kept.</summary>
[GenerateSerializer, Alias("oi.InferenceException")]
public sealed class InferenceException : Exception
{
    public InferenceException(InferenceError error, string message, string? param = null, TimeSpan? retryAfter = null) : base(message) =>
        (Error, Param, RetryAfter) = (error, param, retryAfter);

    [Id(0)] public InferenceError Error { get; }

    /// <summary>The parameter at fault, by its name in the request.</summary>
    [Id(1)] public string? Param { get; }

    /// <summary>With <see cref="InferenceError.Overloaded"/>: when to try again.</summary>
    [Id(2)] public TimeSpan? RetryAfter { get; }
}
