namespace OrleansInfer.Server;

/// <summary>
/// The program cannot start or go on as asked. The message is one line that names the fault and how to mend it; exit code 2.
/// </summary>
internal sealed class StartFault(string message) : Exception(message);
