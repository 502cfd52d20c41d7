namespace OrleansInfer.Models;

/// <summary>A macro as it is written.</summary>
/// <param name="NamesRead">Names in its body: a call may pass `varargs`, `kwargs` and `caller` only if they are among them.</param>
internal sealed record MacroSignature(string Name, MacroParameter[] Parameters, StatementNode Body, HashSet<string> NamesRead);
