namespace OrleansInfer.Models;

/// <summary>A checkpoint folder that cannot be used: the message names the file and the fault.</summary>
public sealed class ModelLoadException(string message, Exception? inner = null) : Exception(message, inner);
