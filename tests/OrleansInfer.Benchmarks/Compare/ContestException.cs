namespace OrleansInfer.Benchmarks;

/// <summary>Nothing can be compared; the message is one line that says how to mend it.</summary>
internal sealed class ContestException(string message) : Exception(message);
