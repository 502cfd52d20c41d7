namespace OrleansInfer.Grains;

/// <summary>The journal could not be read or written; the message names the fault and how to mend it. Nothing was lost: what failed
/// was not accepted.</summary>
public sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
