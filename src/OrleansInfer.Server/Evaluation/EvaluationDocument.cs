namespace OrleansInfer.Server;

/// <summary>A line of an evaluation file, as the model sees it.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
internal sealed record EvaluationDocument(int Line, int[] TokenIds);
